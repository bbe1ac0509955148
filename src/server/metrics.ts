/** Counters and durations, written as Prometheus reads them (text format 0.0.4). */

type Labels = Readonly<Record<string, string>>;

/** What each metric means; only these exist. */
const HELP = {
  ip2p_requests_total: "HTTP requests by method, route and status.",
  ip2p_edits_total: "Finished edits by status.",
  ip2p_queue_refusals_total: "Requests refused because the queue was full.",
  ip2p_edit_seconds: "Time from begin to end of an edit that succeeded.",
  ip2p_request_seconds: "Time until a response was begun.",
} as const;

type Counter = Extract<keyof typeof HELP, `${string}_total`>;
type Histogram = Extract<keyof typeof HELP, `${string}_seconds`>;

/** A value that is read when asked for. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

const BUCKETS = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1200];

export class Metrics {
  readonly #counters = new Map<Counter, Map<string, number>>();
  readonly #histograms = new Map<Histogram, { counts: number[]; sum: number; count: number }>();

  count(name: Counter, labels: Labels = {}): void {
    const series = this.#counters.get(name) ?? new Map<string, number>();
    const key = written(labels);
    series.set(key, (series.get(key) ?? 0) + 1);
    this.#counters.set(name, series);
  }

  observe(name: Histogram, seconds: number): void {
    const histogram = this.#histograms.get(name) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    for (const [i, bound] of BUCKETS.entries()) if (seconds <= bound) histogram.counts[i]++;
    histogram.sum += seconds;
    histogram.count++;
    this.#histograms.set(name, histogram);
  }

  /** The page a scraper gets. */
  render(gauges: readonly Gauge[]): string {
    const lines: string[] = [];
    for (const [name, series] of this.#counters) {
      lines.push(`# HELP ${name} ${HELP[name]}`, `# TYPE ${name} counter`);
      for (const [labels, value] of series) lines.push(`${name}${labels} ${value}`);
    }
    for (const [name, { counts, sum, count }] of this.#histograms) {
      lines.push(`# HELP ${name} ${HELP[name]}`, `# TYPE ${name} histogram`);
      for (const [i, bound] of BUCKETS.entries()) lines.push(`${name}_bucket{le="${bound}"} ${counts[i]}`);
      lines.push(`${name}_bucket{le="+Inf"} ${count}`, `${name}_sum ${sum}`, `${name}_count ${count}`);
    }
    for (const { name, help, value } of gauges)
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`);
    return `${lines.join("\n")}\n`;
  }
}

/** Values are ours (methods, routes, statuses), never a client's text, so there are few and none needs escaping. */
function written(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
