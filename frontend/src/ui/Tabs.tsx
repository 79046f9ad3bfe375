import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactElement, ReactNode } from 'react';

export interface TabItem<Value extends string> {
  readonly value: Value;
  readonly label: ReactNode;
  /** Shown small behind the label. */
  readonly count?: number | undefined;
}

export interface TabsProps<Value extends string> {
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly items: readonly TabItem<Value>[];
  readonly label: string;
  /** Panels; each with the tab's value. Leave out when the tabs are a filter over one view. */
  readonly children?: ReactNode;
  readonly className?: string;
}

/** Underlined tabs. They scroll sideways in themselves, never the page. */
export function Tabs<Value extends string>({
  value,
  onChange,
  items,
  label,
  children,
  className,
}: TabsProps<Value>): ReactElement {
  return (
    <Base.Root
      value={value}
      onValueChange={(next) => {
        onChange(next as Value);
      }}
      className={className}
    >
      <Base.List aria-label={label} className="relative flex shrink-0 gap-1 overflow-x-auto [scrollbar-width:none]">
        {items.map((item) => (
          <Base.Tab
            key={item.value}
            value={item.value}
            className="relative flex h-9 shrink-0 items-center gap-1.5 px-2.5 text-13 font-medium text-muted transition-colors -outline-offset-2 after:absolute after:inset-x-2 after:bottom-0 after:h-0.5 after:rounded-pill hover:text-text data-active:text-text data-active:after:bg-accent"
          >
            {item.label}
            {item.count !== undefined && (
              <span className="tabular rounded-pill bg-idle-tint px-1.5 text-11 text-idle-text">{item.count}</span>
            )}
          </Base.Tab>
        ))}
      </Base.List>
      {children}
    </Base.Root>
  );
}
