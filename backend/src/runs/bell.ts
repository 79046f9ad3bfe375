/** Remembers one ring until somebody listens. */
export class Bell {
  private rung = false;
  private wake: (() => void) | null = null;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** @returns whether it rang before the patience ran out */
  async heard(patienceMs: number): Promise<boolean> {
    if (!this.rung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, patienceMs);
      });
      clearTimeout(timer);
      this.wake = null;
    }
    const rang = this.rung;
    this.rung = false;
    return rang;
  }
}
