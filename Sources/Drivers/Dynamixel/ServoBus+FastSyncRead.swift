extension ServoBus where Codec == DynamixelCodec, Line: ~Copyable {
    /// As ``syncRead(address:count:)``, with one reply for all motors together: it comes whole or not at all.
    ///
    /// Firmware before 45 (X430) or 46 (XL330) does not know it and stays silent.
    public mutating func fastSyncRead(address: UInt16, count: Int) {
        blocks.begin()
        codec.begin(DynamixelCodec.Instruction.fastSyncRead.rawValue, id: DynamixelCodec.broadcast, into: &line.request)
        codec.append(number: address, to: &line.request)
        codec.append(number: UInt16(truncatingIfNeeded: count), to: &line.request)
        for motor in 0..<motorCount { line.request.append(ids[motor]) }
        codec.finish(&line.request)
        let noise = line.counts.noise
        let stride = count &+ DynamixelCodec.fastOverhead
        if line.start(replyBytes: 8 &+ motorCount &* stride, replies: motorCount) { collectFast(count: count) }
        note(missing: all & ~blocks.received, noise: line.counts.noise &- noise)
    }

    private mutating func collectFast(count: Int) {
        let stride = count &+ DynamixelCodec.fastOverhead
        var place = line.firstReply
        var end = StreamEnd.open
        while true {
            switch codec.scanFast(&line.input, from: place, servos: motorCount, dataCount: count, end: end) {
            case .frame(let frame):
                line.skip(frame.start &- place)
                for motor in 0..<motorCount {
                    let part = frame.dataStart &+ motor &* stride
                    guard line.input[part &+ 1] == ids[motor] else {
                        line.counts.foreign &+= 1
                        continue
                    }
                    let error = line.input[part]
                    line.counts.replies &+= 1
                    noteReply(of: motor)
                    noteComplaint(error, of: motor)
                    blocks.store(motor, error: error, from: line.input, at: part &+ 2, count: count)
                }
                return
            case .incomplete(let start):
                line.skip(start &- place)
                place = start
                if case .closed = end { return }
                if !line.receiveMore() { end = .closed }
            }
        }
    }
}
