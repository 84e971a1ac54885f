import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { coloursOf, wantsColours } from '../../client/colours.js';
import { checkColumns, formatList, textTable, type List } from '../../client/table.js';
import type { ListOptions } from '../../client/output.js';

const LIST: List = {
  columns: ['Node', 'Files', 'Reason'],
  rows: [
    ['ctl10', 4, 'says "no", twice'],
    ['ctl2', 12, null],
    ['ctl1', null, 'ok'],
  ],
};
const NODES = ['ctl10', 'ctl2', 'ctl1'];

const format = (options: ListOptions) => formatList(LIST, options);

describe('a list in every format', () => {
  test('a table has columns as wide as they need, and a dash for what is missing', () => {
    expect(format({ format: 'table' }).split('\n')).toEqual([
      'Node   Files  Reason',
      'ctl10  4      says "no", twice',
      'ctl2   12     -',
      'ctl1   -      ok',
    ]);
  });

  test('json and yaml keep the types, and say null for what is missing', () => {
    const records = [
      { Node: 'ctl10', Files: 4, Reason: 'says "no", twice' },
      { Node: 'ctl2', Files: 12, Reason: null },
      { Node: 'ctl1', Files: null, Reason: 'ok' },
    ];
    expect(JSON.parse(format({ format: 'json' }))).toEqual(records);
    expect(parse(format({ format: 'yaml' }))).toEqual(records);
  });

  test('csv quotes as RFC 4180 says', () => {
    expect(format({ format: 'csv' }).split('\n')).toEqual([
      '"Node","Files","Reason"',
      '"ctl10",4,"says ""no"", twice"',
      '"ctl2",12,',
      '"ctl1",,"ok"',
    ]);
  });

  test('value has no heads, and spaces between columns', () => {
    expect(format({ format: 'value', column: ['Node'] }).split('\n')).toEqual(NODES);
  });
});

describe('columns', () => {
  test('are chosen in the order asked for, whatever the case of their letters', () => {
    expect(format({ column: ['files', 'NODE'] }).split('\n')[0]).toBe('Files  Node');
  });

  test('sort numbers by size, also within names, and put what is missing last', () => {
    const sorted = (sortColumn: string) =>
      format({ format: 'value', column: ['Node'], sortColumn }).split('\n');
    expect(sorted('Node')).toEqual(['ctl1', 'ctl2', 'ctl10']);
    expect(sorted('files')).toEqual(['ctl10', 'ctl2', 'ctl1']);
  });

  test('that are not there are refused with those that are', () => {
    for (const options of [{ column: ['Nod'] }, { sortColumn: 'Nod' }])
      expect(() => checkColumns(options, LIST.columns)).toThrow(
        /no column "Nod"; there are Node, Files, Reason/,
      );
  });
});

describe('colours', () => {
  test('only at a terminal, without NO_COLOR, and not at a dumb one', () => {
    expect(wantsColours({ isTTY: true }, { TERM: 'xterm' })).toBe(true);
    expect(wantsColours({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' })).toBe(false);
    expect(wantsColours({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColours({}, { TERM: 'xterm' })).toBe(false);
    expect(coloursOf({}).red('x')).toBe('x');
  });

  test('do not count for the width of a column', () => {
    const { red } = coloursOf({ hasColours: true });
    expect(
      textTable([
        [red('missing'), 'a'],
        ['ok', 'b'],
      ]),
    ).toBe(`${red('missing')}  a\nok       b`);
  });
});
