internal import Realtime

extension ServoBus where Line: ~Copyable {
    /// Writes without caring for an acknowledgement, and waits until nothing more comes.
    mutating func writeUnheard(_ register: Register, _ number: Int, to id: UInt8) {
        _ = try? write(register, number, to: id)
        line.waitForQuiet()
    }

    /// What a register of several motors holds, asked for all at once; nil for each that did not reply.
    mutating func numbers(in register: Register, of ids: [Int]) -> [Int?] {
        list(ids.map { UInt8($0) })
        syncRead(address: register.address, count: register.width)
        return ids.indices.map {
            blocks.has($0) ? blocks.read(register, of: $0, blockAddress: register.address) : nil
        }
    }

    /// Pings all motors at once.
    ///
    /// - Parameter wait: How long the first may take, s.
    /// - Returns: The addresses that were heard, and whether there was anything else.
    mutating func pingAll(wait: Double) -> (ids: [Int], isNoisy: Bool) {
        codec.begin(ServoInstruction.ping, id: ServoInstruction.broadcast, into: &line.request)
        codec.finish(&line.request)
        guard line.start(replyBytes: 0, replies: 0) else { return ([], false) }
        line.collect(forSeconds: wait)
        var (ids, place, noise) = ([Int](), line.firstReply, 0)
        while case .frame(let frame) = codec.scan(&line.input, from: place, dataCount: nil, end: .closed) {
            noise += frame.start - place
            place = frame.end
            if !ids.contains(Int(frame.id)) { ids.append(Int(frame.id)) }
        }
        return (ids, noise > 0 || place < line.input.count)
    }
}
