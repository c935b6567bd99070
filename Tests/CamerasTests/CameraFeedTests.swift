import Cameras
import Realtime
import Testing

@Suite struct CameraFeedTests {
    @Test("The newest frame is read with its time and number, into the same memory")
    func newest() {
        let feed = CameraFeed(name: "wrist", width: 5, height: 3)
        var frame = CameraFrame(width: 5, height: 3)
        #expect(!feed.read(into: &frame))
        #expect(frame.sequence == 0 && feed.time == .zero && feed.age(now: MonotonicTime(nanoseconds: 5)) == .max)
        let memory = frame.image.pixels.withUnsafeBytes { $0.baseAddress }
        for number in 1...9 as ClosedRange<UInt8> {
            feed.publish(
                Image(width: 5, height: 3, colour: (number, 2, 3)), time: MonotonicTime(nanoseconds: UInt64(number)))
            #expect(feed.read(into: &frame))
            #expect(frame.image == Image(width: 5, height: 3, colour: (number, 2, 3)))
            #expect(frame.time.nanoseconds == UInt64(number) && frame.sequence == UInt64(number))
        }
        #expect(frame.image.pixels.withUnsafeBytes { $0.baseAddress } == memory)
        #expect(feed.sequence == 9 && feed.age(now: MonotonicTime(nanoseconds: 12)) == 3)
        var other = CameraFrame(width: 1, height: 1)
        #expect(feed.read(into: &other) && other == frame)
    }

    @Test("Frames can be counted anew, as for every episode in lockstep")
    func restart() {
        let feed = CameraFeed(name: "wrist", width: 2, height: 2)
        var frame = CameraFrame(width: 2, height: 2)
        feed.publish(Image(width: 2, height: 2), time: MonotonicTime(nanoseconds: 7))
        feed.restartCounting()
        #expect(!feed.read(into: &frame) && feed.time == .zero)
        feed.publish(Image(width: 2, height: 2), time: MonotonicTime(nanoseconds: 1))
        #expect(feed.read(into: &frame) && frame.sequence == 1)
    }

    @Test("What is wrong with a camera is said in one line with its name")
    func complaints() {
        let feed = CameraFeed(name: "wrist", width: 2, height: 2, ageLimit: 200_000_000)
        let start = MonotonicTime(nanoseconds: 1_000_000_000)
        #expect(feed.complaint(now: start) == "camera 'wrist': it has not given one frame")
        feed.publish(Image(width: 2, height: 2), time: start)
        #expect(feed.complaint(now: start.advanced(byNanoseconds: 200_000_000)) == nil)
        #expect(
            feed.complaint(now: start.advanced(byNanoseconds: 350_000_000))
                == "camera 'wrist': its newest frame is 350 ms old; 200 ms are allowed")
        feed.fail("it was unplugged")
        feed.fail("something that followed from it")
        #expect(feed.complaint(now: start) == "camera 'wrist': it was unplugged")
    }
}
