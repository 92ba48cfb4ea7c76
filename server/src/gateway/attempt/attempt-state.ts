// The states of an attempt and the transitions between them: the table of the state machine in attempt.ts and
// attempt-end.ts. The states:
//
//   awaiting-head           no response head has come
//   holding                 the head has come, nothing was sent to the client: the attempt may still fail over
//   streaming               committed: the response is the client's
//   recording               the last event of a stream has come, and is held until the record is written
//   recording-ended         the same, and the upstream has ended; or a response that is no stream is whole
//   recording-error         the response ended early after its head was sent; the client is aborted once the record is written
//   recording-disconnected  the client has disconnected; the record waits for an estimate of the usage, or is being written
//   trailing                recorded; what follows the last event is sent on until the upstream ends
//   draining                the client has disconnected; the stream is read on, since only its end reports the usage
//   superseded, done        final
//
// The transitions; in a state that is not named an event is ignored (attempt.test.ts has every pair):
//
//   head             awaiting-head → holding, where it may fail over; else → streaming. A head that cannot be the client's: fail
//   bytes            holding: judge. streaming, trailing: sent. recording: held. draining: read. A last event: → recording
//   end              holding: judge, then as streaming. streaming → recording-ended; a response that is not whole: fail
//                    recording → recording-ended, trailing → done, draining → recording-disconnected
//   transport error  awaiting-head, holding, streaming: fail. Others as `end`: after the last event nothing can be lost
//   deadline         awaiting-head: fail
//   error body late  holding: judge
//   disconnect       awaiting-head, holding, streaming → draining, for a stream without usage; else → recording-disconnected
//                    recording, recording-ended → recording-disconnected, trailing → done, recording-error stays
//   drain timeout    draining → recording-disconnected
//   abort            awaiting-head, holding → done, draining → recording-disconnected
//                    streaming → recording-error; while no head was sent → done
//   recorded         recording → trailing; recording-ended, recording-error, recording-disconnected → done
//
//   judge            an error: fail; else → streaming
//   fail             → superseded, where the listener has another attempt follow. Without one the client gets an error, → done;
//                    or the upstream's error response, → streaming. After a head was sent: → recording-error

export type AttemptState =
  | 'awaiting-head'
  | 'holding'
  | 'streaming'
  | Recording
  | 'trailing'
  | 'draining'
  | Final

export type Recording = 'recording' | Settling
export type Settling = 'recording-ended' | 'recording-error' | 'recording-disconnected'
export type Final = 'superseded' | 'done'
