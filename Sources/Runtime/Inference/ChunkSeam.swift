/// How the robot gets from one chunk of actions to the next.
public enum ChunkSeam: String, CaseIterable, Equatable, Sendable {
    /// The next chunk is asked for while the present one is carried out, and takes over at once when its time has come.
    case swap
    /// As ``swap``, but over the steps that both chunks have actions for, from the old one's to the new one's little by little.
    case crossFade = "cross-fade"
    /// As ``swap``, but the policy is told what is scheduled, and makes a chunk that goes on from there (Black et al.,
    /// "Real-time execution of action chunking flow policies", 2025).
    case realTimeChunking = "real-time-chunking"
    /// The next chunk is asked for when the present one has been carried out; until it comes the robot is held.
    case holdAndWait = "hold-and-wait"
}
