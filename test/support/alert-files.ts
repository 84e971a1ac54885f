/** What the alert rules and the dashboard ask Prometheus for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../lab/tools.js';

export const RULES_FILE = join(projectRoot, 'packaging/prometheus/rotor.rules');
const DASHBOARD_FILE = join(projectRoot, 'packaging/grafana/dashboards/rotor.json');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export function alerts(): readonly Alert[] {
  const { groups } = parse(readFileSync(RULES_FILE, 'utf8')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

function dashboardExpressions(): string[] {
  const { panels } = JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

/** Each metric that is asked for, with the labels that it is asked by. */
export function metricsAskedFor(): { readonly metric: string; readonly labels: readonly string[] }[] {
  const expressions = [...alerts().map(({ expr }) => expr), ...dashboardExpressions()];
  return expressions.flatMap((expression) => {
    const grouped = [...expression.matchAll(/(?:by|on) \(([^)]*)\)/g)].flatMap(([, names]) =>
      names!.split(/, */),
    );
    const chosen = [...expression.matchAll(/(\w+)=~?"/g)].map(([, name]) => name!);
    const metrics = [...expression.matchAll(/rotor_\w+/g)].map(([metric]) => metric);
    return metrics.map((metric) => ({ metric, labels: [...new Set([...grouped, ...chosen])] }));
  });
}
