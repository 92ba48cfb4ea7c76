// Where the reader is in the palette: up and down go through the lines, left and right through the verbs of one.
import type { Line } from './palette-lines.ts'

export class PaletteCursor {
  line = $state(0)
  command = $state(0)

  moveTo(line: number, command = 0): void {
    this.line = line
    this.command = command
  }

  is(line: number, command: number): boolean {
    return line === this.line && command === this.command
  }

  /** Follows a key of the input; false: it is none of the palette's. Left and right are the input's own while it is not `atEnd`. */
  follow(key: string, lines: readonly Line[], atEnd: boolean): boolean {
    const last = (lines[this.line]?.commands.length ?? 0) - 1
    if (key === 'ArrowDown') this.moveTo(Math.min(this.line + 1, lines.length - 1))
    else if (key === 'ArrowUp') this.moveTo(Math.max(this.line - 1, 0))
    else if (key === 'ArrowRight' && atEnd && this.command < last) this.command++
    else if (key === 'ArrowLeft' && this.command > 0) this.command--
    else return false
    return true
  }
}
