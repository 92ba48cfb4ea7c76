// Seeds whose responses the two clients once understood differently, each with what was wrong; they run before any other.

export const FAILING_SEEDS: { seed: number; fault: string }[] = [
  { seed: 25, fault: 'a line end in two pieces was taken for a single LF' },
  { seed: 72, fault: 'a connection paused at its last chunk stayed paused for the next call' },
  { seed: 120, fault: 'an interim response to HEAD was refused' },
  { seed: 126, fault: 'of two Keep-Alive headers the second counted' },
  { seed: 176, fault: 'a Connection trailer was refused' },
  { seed: 8_154, fault: 'a connection was kept that an interim response had said would close' },
  { seed: 1_522_636, fault: 'of two Keep-Alive timeouts the longer counted' },
  { seed: 1_649_914, fault: 'a timeout inside another word of Keep-Alive counted' },
]
