/** What every outside suite needs: its folder, a tally, and its entry in the summary. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface SuiteSummary {
  readonly suite: string;
  readonly present: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly exceptions: readonly { readonly name: string; readonly reason: string }[];
}

export class Suite {
  readonly folder: string;
  readonly present: boolean;
  readonly #name: string;
  readonly #passed: string[] = [];
  readonly #failures: string[] = [];
  readonly #exceptions: { name: string; reason: string }[] = [];

  constructor(name: string) {
    const data = process.env['CONFORMANCE_DATA'];
    this.#name = name;
    this.folder = join(data ?? '', name);
    this.present = data !== undefined && existsSync(this.folder);
  }

  /** @param difference null when the case gave what it asks for */
  record(name: string, difference: string | null): string | null {
    if (difference === null) this.#passed.push(name);
    else this.#failures.push(`${name}: ${difference}`);
    return difference;
  }

  /** A case that does not pass, for a reason that is stated. */
  except(name: string, reason: string): void {
    this.#exceptions.push({ name, reason });
  }

  /** Writes output/<suite>.json. */
  write(): void {
    const output = join(import.meta.dirname, 'output');
    mkdirSync(output, { recursive: true });
    const summary: SuiteSummary = {
      suite: this.#name,
      present: this.present,
      passed: this.#passed.length,
      failed: this.#failures.length,
      skipped: this.#exceptions.length,
      failures: this.#failures,
      exceptions: this.#exceptions,
    };
    writeFileSync(join(output, `${this.#name}.json`), `${JSON.stringify(summary, null, 2)}\n`);
  }

  text(...path: string[]): string {
    return readFileSync(join(this.folder, ...path), 'utf8');
  }
}
