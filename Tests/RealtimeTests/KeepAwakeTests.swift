import Foundation
import Realtime
import Testing

@Suite struct KeepAwakeTests {
    @Test func processorsAreKeptAwakeWhereTheDeviceMayBeWritten() throws {
        let options = RealtimeOptions(priority: 0, cpu: nil, lockMemory: false, keepAwake: true, onRefusal: .warn)
        let thread = try RealtimeThread.start(name: "test", options: options) { _ in }
        thread.join()
        let isGranted = FileManager.default.isWritableFile(atPath: "/dev/cpu_dma_latency")
        #expect(thread.rights.keptAwake == isGranted)
        #expect(thread.rights.refusals.contains { $0.contains("/dev/cpu_dma_latency") } == !isGranted)
    }
}
