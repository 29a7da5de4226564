// The representative's side of a room, over a console's socket: what is told of it, and asking how it stands.
import { connect } from "../live.js";

export function follow(path, { ref, lost, comeIn, stateOf, show, hear }) {
  const line = connect(path, {
    onState: lost,
    onFrame(frame) {
      if (frame.type === "hello" || frame.type === "stock") comeIn();
      else if (frame.type === "ack" && frame.id === "room") stateOf(frame);
      else if (frame.type === "room" && frame.room === ref) show(frame);
      else if (frame.type === "room.word" && frame.room === ref) hear(frame);
    },
  });
  // Its answer comes as a frame, above.
  return (frame) => (line.send({ ...frame, id: "room" }), new Promise(() => {}));
}
