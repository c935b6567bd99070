internal import CSerialPort
internal import Realtime

/// An open line's descriptor and what is done with it in a transaction; a plain value, shared by the kinds of lines.
struct Descriptor: BitwiseCopyable {
    let number: Int32

    @_noLocks
    func discardInput() { steadyhand_line_discard_input(number) }

    @_noLocks
    func send(_ bytes: UnsafeBufferPointer<UInt8>, by deadline: MonotonicTime) -> TransportStatus {
        guard let start = bytes.baseAddress else { return .done }
        var sent = 0
        while sent < bytes.count {
            let count = steadyhand_line_write(number, start + sent, bytes.count &- sent)
            if count < 0 { return .gone }
            sent &+= count
            if count == 0 {
                let wait = deadline.nanoseconds(since: MonotonicClock.now())
                if wait == 0 { return .late }
                if steadyhand_line_wait(number, 1, wait) < 0 { return .gone }
            }
        }
        return .done
    }

    @_noLocks
    func receive(into buffer: inout FrameBuffer, by deadline: MonotonicTime) -> TransportStatus {
        while true {
            let count = steadyhand_line_read(number, buffer.free, buffer.room)
            if count < 0 { return .gone }
            if count > 0 {
                buffer.didAppend(count)
                return .done
            }
            let wait = deadline.nanoseconds(since: MonotonicClock.now())
            if wait == 0 || buffer.room == 0 { return .late }
            if steadyhand_line_wait(number, 0, wait) < 0 { return .gone }
        }
    }
}
