/** Values that occur again and again, each once, known by a small number. */
export class Interner<Value> {
  readonly values: Value[] = [];
  private readonly ids = new Map<string, number>();

  idOf(text: string, value: Value): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.values.push(value) - 1;
    this.ids.set(text, id);
    return id;
  }

  get(id: number): Value {
    return this.values[id]!;
  }
}
