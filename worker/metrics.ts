/** A worker's Prometheus endpoint: the SDK's own metrics, and the fleet's. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { MetricMeter } from '@temporalio/common';
import { readFleet, readProgress } from '../monitoring/fleet-reading.js';
import { samplesOf, type Sample } from '../monitoring/samples.js';

/** Also while nothing runs. A few questions to Temporal, of some hundred bytes each. */
const READ_EVERY_MS = 10_000;

/** Reads the fleet and sets the gauges until it is told to stop. */
export async function keepGauges(
  meter: MetricMeter,
  client: Client,
  fleet: string,
  stopping: AbortSignal,
): Promise<void> {
  const gauges = new Gauges(meter.withTags({ fleet }));
  while (!stopping.aborted) {
    // With Temporal away `rotor_read_timestamp_seconds` stands still, and the SDK logs why.
    await Promise.all([readFleet(client, fleet), readProgress(client, fleet)]).then(
      ([reading, progress]) => gauges.set(samplesOf(reading, progress, Date.now())),
      () => {},
    );
    await sleep(READ_EVERY_MS, undefined, { signal: stopping }).catch(() => {});
  }
}

class Gauges {
  private last: readonly Sample[] = [];

  constructor(private readonly meter: MetricMeter) {}

  set(samples: readonly Sample[]): void {
    // A gauge keeps its last value for ever: a phase that has ended, or a code that is gone, would stand there still.
    const gone = this.last
      .filter((before) => !samples.some((now) => isSame(before, now)))
      .map((before) => ({ ...before, value: 0 }));
    for (const { name, value, labels } of [...samples, ...gone])
      this.meter.createGauge(name, 'float').set(value, labels);
    this.last = samples;
  }
}

function isSame(a: Sample, b: Sample): boolean {
  return a.name === b.name && JSON.stringify(a.labels) === JSON.stringify(b.labels);
}
