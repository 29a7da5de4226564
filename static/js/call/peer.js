// The connection between the two browsers. Both lines, sound and picture, are laid at once; what flows in them changes
// without asking again, so that a camera or the screen can come and go in the middle of a call.
export class Peer {
  constructor({ ice, tell, onTracks, onState }) {
    this.tell = tell;
    this.onState = onState;
    this.connection = new RTCPeerConnection({ iceServers: ice ?? [] });
    this.early = [];
    this.received = new MediaStream();
    this.connection.addEventListener("track", ({ track }) => {
      this.received.addTrack(track);
      onTracks(this.received);
    });
    this.connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate) tell("candidate", { candidate: candidate.toJSON() });
    });
    this.connection.addEventListener("connectionstatechange", () => onState(this.connection.connectionState));
  }

  async call(tracks) {
    for (const kind of ["audio", "video"]) this.connection.addTransceiver(tracks[kind] ?? kind, { direction: "sendrecv" });
    await this.offer();
  }

  // Also finds a new way between the two when the old one is gone.
  async offer({ again = false } = {}) {
    await this.connection.setLocalDescription(await this.connection.createOffer({ iceRestart: again }));
    this.tell("offer", { sdp: this.connection.localDescription.sdp });
  }

  async onOffer(sdp, tracks) {
    await this.connection.setRemoteDescription({ type: "offer", sdp });
    for (const line of this.connection.getTransceivers()) {
      line.direction = "sendrecv";
      const track = tracks[line.receiver.track.kind];
      if (track && line.sender.track !== track) await line.sender.replaceTrack(track);
    }
    await this.connection.setLocalDescription(await this.connection.createAnswer());
    this.tell("answer", { sdp: this.connection.localDescription.sdp });
    await this.takeEarly();
  }

  async onAnswer(sdp) {
    if (this.connection.signalingState !== "have-local-offer") return;
    await this.connection.setRemoteDescription({ type: "answer", sdp });
    await this.takeEarly();
  }

  async onCandidate(candidate) {
    if (!this.connection.remoteDescription) this.early.push(candidate);
    else await this.connection.addIceCandidate(candidate).catch(() => {});
  }

  async takeEarly() {
    for (const candidate of this.early.splice(0)) await this.onCandidate(candidate);
  }

  async put(kind, track) {
    const line = this.connection.getTransceivers().find((each) => each.receiver.track.kind === kind);
    await line?.sender.replaceTrack(track);
  }

  close() {
    this.connection.close();
  }
}
