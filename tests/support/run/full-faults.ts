// How large and how long the faults are that take minutes at full size.

/** FAULTS_FULL, as CI sets it: outages and sizes as they happen. Without it they are as small as their effect still shows in. */
export const FULL_FAULTS = process.env.FAULTS_FULL !== undefined
