/** Asks about every place that two people changed differently: both values beside each other, one of them chosen (E50). */
import { useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { Button, Dialog, classNames } from '../../ui/index.js';
import { noticeWords, questionWords } from './question-words.js';
import { settle } from './settle.js';
import type { Choices, MergeQuestion, Side, Sides } from './settle.js';

export interface MergeDialogProps {
  readonly sides: Sides;
  /** Whose the other side is: `Anna’s`, `the other tab’s`. */
  readonly whose: string;
  readonly onMerge: (choices: Choices) => void;
  /** Decided later: until then nothing is saved. */
  readonly onClose: () => void;
}

export function MergeDialog({ sides, whose, onMerge, onClose }: MergeDialogProps): ReactElement {
  const [choices, setChoices] = useState<Choices>({});
  const { questions, notices } = useMemo(() => settle(sides, choices), [sides, choices]);
  const all = (side: Side) => () => {
    setChoices((before) => ({ ...before, ...Object.fromEntries(questions.map(({ key }) => [key, side])) }));
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="large"
      title="Someone else changed the same things"
      description="Everything else goes together by itself. Choose for what is left; one undo brings your side back as it was."
      actions={
        <>
          <Button onClick={onClose}>Decide later</Button>
          <Button
            variant="primary"
            onClick={() => {
              onMerge(choices);
            }}
          >
            Merge and save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {questions.length > 1 && (
          <div className="flex flex-wrap gap-2">
            <Button size="compact" onClick={all('mine')}>
              All mine
            </Button>
            <Button size="compact" onClick={all('theirs')}>
              All theirs
            </Button>
          </div>
        )}
        {questions.map((question) => (
          <Question
            key={question.key}
            question={question}
            sides={sides}
            whose={whose}
            chosen={choices[question.key] ?? question.preset}
            onChoose={(side) => {
              setChoices((before) => ({ ...before, [question.key]: side }));
            }}
          />
        ))}
        {notices.length > 0 && (
          <ul aria-label="Also good to know" className="problem-box problem-box-warning">
            {notices.map((notice) => {
              const text = noticeWords(notice, sides);
              return <li key={text}>{text}</li>;
            })}
          </ul>
        )}
      </div>
    </Dialog>
  );
}

function Question({
  question,
  sides,
  whose,
  chosen,
  onChoose,
}: {
  readonly question: MergeQuestion;
  readonly sides: Sides;
  readonly whose: string;
  readonly chosen: Side;
  readonly onChoose: (side: Side) => void;
}): ReactElement {
  const words = questionWords(question, sides);
  return (
    <fieldset className="min-w-0">
      <legend className="pb-1 text-13 font-semibold">{words.title}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {(['mine', 'theirs'] as const).map((side) => (
          <label
            key={side}
            className={classNames(
              'flex min-w-0 cursor-pointer items-start gap-2 rounded-card border px-3 py-2 text-13 has-focus-visible:outline-2 has-focus-visible:outline-accent',
              chosen === side ? 'border-accent bg-hover' : 'border-border',
            )}
          >
            <input
              type="radio"
              name={question.key}
              checked={chosen === side}
              onChange={() => {
                onChoose(side);
              }}
              className="mt-1 accent-accent"
            />
            <span className="min-w-0 flex-1">
              <span className="block text-12 text-muted first-letter:uppercase">
                {side === 'mine' ? 'Mine' : whose}
              </span>
              <span className="block max-h-40 overflow-y-auto font-mono text-12 break-words whitespace-pre-wrap">
                {words[side]}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
