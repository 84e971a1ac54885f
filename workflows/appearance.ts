/** How an operation looks in Temporal's own UI: details that are kept up as it goes, and what it can be found by. */
import type { SearchAttributePair } from '@temporalio/common';
import { condition, setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { FleetDescription } from '../core/messages.js';
import type { OperationResult, Progress, StepRecord } from '../core/rotation.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';

/** Temporal limits the size of a value; more sites than this are found by the fleet. */
const MOST_SITES = 50;
/** Of a step or of those who are waited for. */
const MOST_NAMES = 10;

/** Shows an operation until its workflow ends. */
export class Appearance {
  private isSearchable = false;

  constructor(
    private readonly progress: () => Progress,
    private readonly why: { readonly fleet: string; readonly reason: string },
  ) {
    void whenChanged(() => detailsOf(progress()), setCurrentDetails);
  }

  /** The worker says whether Temporal knows the attributes: one that it does not know would stop the workflow. */
  describe({ isSearchable, nodes }: FleetDescription): void {
    if (!isSearchable || this.isSearchable) return;
    this.isSearchable = true;
    const sites = [...new Set(nodes.map(({ site }) => site))].slice(0, MOST_SITES);
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.fleet, value: this.why.fleet },
      { key: SEARCH_ATTRIBUTES.reason, value: this.why.reason },
      { key: SEARCH_ATTRIBUTES.sites, value: sites },
    ]);
    void whenChanged(
      () => JSON.stringify(standOf(this.progress())),
      () => upsertSearchAttributes(standOf(this.progress())),
    );
  }

  end({ outcome, primary, staged, error }: OperationResult): void {
    upsertMemo({ outcome, primary, staged, ...(error && { error: error.message }) });
    if (!this.isSearchable) return;
    const found = primary === null ? [] : [{ key: SEARCH_ATTRIBUTES.primary, value: primary }];
    upsertSearchAttributes([...standOf(this.progress()), ...found]);
  }
}

/** Looks after everything that happens in the workflow; a condition without a time leaves nothing in its history. */
async function whenChanged(read: () => string, tell: (text: string) => void): Promise<void> {
  for (let told = ''; ;) {
    await condition(() => read() !== told);
    told = read();
    tell(told);
  }
}

function standOf({ phase, outcome }: Progress): SearchAttributePair[] {
  const found = outcome === null ? [] : [{ key: SEARCH_ATTRIBUTES.outcome, value: outcome }];
  return [{ key: SEARCH_ATTRIBUTES.phase, value: phase }, ...found];
}

/** Markdown: who is waited for, then the steps. */
function detailsOf({ phase, outcome, reason, nodes, steps, blocking }: Progress): string {
  const waiting = blocking
    .slice(0, MOST_NAMES)
    .map(
      ({ node, code, message, since }) =>
        `| ${cell(node || 'the fleet')} | ${code} | ${cell(message)} | ${since} |`,
    );
  return [
    `**${outcome ?? phase}**: ${reason} (${nodes} nodes)`,
    ...(waiting.length > 0
      ? ['', '| waits for | why | | since |', '| --- | --- | --- | --- |', ...waiting]
      : []),
    ...(steps.length > 0
      ? ['', '| phase | nodes | what | trouble | from | to |', `|${' --- |'.repeat(6)}`]
      : []),
    ...steps.map(stepRow),
  ].join('\n');
}

function stepRow({ phase, nodes, reason, problems, startedAt, endedAt }: StepRecord): string {
  const trouble = problems.map(({ node, code }) => `${node} ${code}`).slice(0, MOST_NAMES);
  const cells = [phase, namesOf(nodes), reason, trouble.join(', '), startedAt, endedAt ?? 'now'];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function namesOf(nodes: readonly string[]): string {
  return nodes.length <= MOST_NAMES ? nodes.join(', ') : `${nodes.length} nodes`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
