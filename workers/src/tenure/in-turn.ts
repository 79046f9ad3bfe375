/**
 * Work that many ask for and that one round does for all of them: asked for while a round is under way, it has one more round
 * afterwards.
 */
export function inTurn(round: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | null = null;
  let wanted = false;
  const rounds = async (): Promise<void> => {
    try {
      while (wanted) {
        wanted = false;
        await round();
      }
    } finally {
      underWay = null;
    }
  };
  return () => {
    wanted = true;
    return (underWay ??= rounds());
  };
}
