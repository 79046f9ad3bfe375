/** Where the left column is: docked beside the canvas when there is room, else a sheet over it; and which view it shows. */
import { useCallback, useState } from 'react';
import type { ColumnView, LeftColumnProps } from './LeftColumn.js';

export interface Column {
  readonly docked: boolean;
  readonly view: Pick<LeftColumnProps, 'view' | 'onView' | 'onFold'>;
  readonly sheet: { readonly open: boolean; readonly onOpenChange: (open: boolean) => void };
  readonly open: () => void;
  readonly closeSheet: () => void;
  readonly toggleOutline: () => void;
}

/** @param phone shows the outline only: nothing can be added there */
export function useColumn(wide: boolean, phone: boolean): Column {
  const [unfolded, setUnfolded] = useState(true);
  const [sheet, setSheet] = useState(false);
  const [view, setView] = useState<ColumnView>('steps');
  const docked = wide && unfolded;
  const shown = view === 'outline' && (wide ? unfolded : sheet);
  const toggleOutline = useCallback(() => {
    setView(shown && !phone ? 'steps' : 'outline');
    if (wide) setUnfolded(true);
    else setSheet(!shown);
  }, [shown, phone, wide]);
  return {
    docked,
    view: {
      view: phone ? 'outline' : view,
      onView: phone ? null : setView,
      onFold: wide
        ? () => {
            setUnfolded(false);
          }
        : null,
    },
    sheet: { open: sheet, onOpenChange: setSheet },
    open: () => {
      if (wide) setUnfolded(true);
      else setSheet(true);
    },
    closeSheet: () => {
      setSheet(false);
    },
    toggleOutline,
  };
}
