internal import CGStreamer
internal import Foundation
internal import Realtime

/// GStreamer elements that turn a camera's pictures into RGB, playing.
final class GStreamerPipeline {
    private let camera: String
    private let element: UnsafeMutablePointer<GstElement>
    private let sink: UnsafeMutablePointer<GstElement>

    /// Once: GStreamer looks for its plugins.
    private static let isStarted: Bool = {
        steadyhand_gst_be_quiet()
        return gst_init_check(nil, nil, nil) != 0
    }()

    /// Starts GStreamer, if nothing did so far; false if it does not start.
    static func start() -> Bool { isStarted }

    init(_ source: CameraSource, camera: String) throws(CameraError) {
        self.camera = camera
        guard Self.isStarted else {
            throw CameraError(camera: camera, message: "GStreamer does not start: run tools/setup")
        }
        let elements = try Self.elements(of: source, camera: camera)
        // Late frames are of no use: the sink keeps the newest alone. A file has its pace in its time stamps; frames of a
        // device are taken as they come.
        let paced = if case .device = source { "false" } else { "true" }
        let text =
            "\(elements) ! videoconvert ! video/x-raw,format=RGB ! "
            + "appsink name=steadyhand max-buffers=1 drop=true sync=\(paced)"
        var error: UnsafeMutablePointer<GError>?
        guard let element = gst_parse_launch_full(text, nil, GST_PARSE_FLAG_FATAL_ERRORS, &error) else {
            throw CameraError(camera: camera, message: "its pipeline cannot be made: \(Self.text(of: &error))")
        }
        guard let sink = gst_bin_get_by_name(steadyhand_gst_bin(element), "steadyhand") else {
            gst_object_unref(element)
            throw CameraError(camera: camera, message: "its pipeline has no end")
        }
        self.element = element
        self.sink = sink
        // The clock of the loops.
        let clock = gst_system_clock_obtain()
        gst_pipeline_use_clock(steadyhand_gst_pipeline(element), clock)
        gst_object_unref(clock)
        gst_element_set_state(element, GST_STATE_PLAYING)
    }

    deinit {
        gst_element_set_state(element, GST_STATE_NULL)
        gst_object_unref(sink)
        gst_object_unref(element)
    }

    private static func elements(of source: CameraSource, camera: String) throws(CameraError) -> String {
        switch source {
        case .pipeline(let text): return text
        case .device(let path):
            guard FileManager.default.fileExists(atPath: path) else {
                throw CameraError(
                    camera: camera,
                    message: "there is no device \(path); 'steadyhand doctor --cameras' lists those that there are")
            }
            return "v4l2src device=\"\(path)\""
        }
    }

    /// The newest frame, waiting a tenth of a second for one.
    ///
    /// - Throws: ``CameraError`` where no further frame will come.
    func pull() throws(CameraError) -> GStreamerSample? {
        if let sample = gst_app_sink_try_pull_sample(steadyhand_gst_app_sink(sink), 100_000_000) {
            guard let frame = GStreamerSample(sample) else {
                throw CameraError(camera: camera, message: "it gives something that is no picture")
            }
            return frame
        }
        if let reason = errorMessage() { throw CameraError(camera: camera, message: reason) }
        if gst_app_sink_is_eos(steadyhand_gst_app_sink(sink)) != 0 {
            throw CameraError(camera: camera, message: "its pictures have come to an end")
        }
        return nil
    }

    /// When a frame was taken; the present moment where its source does not say.
    func captureTime(of sample: GStreamerSample) -> MonotonicTime {
        let now = MonotonicClock.now()
        guard let offset = sample.time else { return now }
        let time = MonotonicTime(nanoseconds: UInt64(gst_element_get_base_time(element)) &+ offset)
        return min(time, now)
    }

    /// What the pipeline says went wrong first; nil if nothing did.
    private func errorMessage() -> String? {
        guard let bus = gst_element_get_bus(element) else { return nil }
        defer { gst_object_unref(bus) }
        guard let message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR) else { return nil }
        defer { gst_message_unref(message) }
        var error: UnsafeMutablePointer<GError>?
        gst_message_parse_error(message, &error, nil)
        return Self.text(of: &error)
    }

    private static func text(of error: inout UnsafeMutablePointer<GError>?) -> String {
        defer { g_clear_error(&error) }
        return error?.pointee.message.map { TerminalText.line($0) } ?? "GStreamer gave no reason"
    }
}

/// One frame of a pipeline.
final class GStreamerSample: @unchecked Sendable {
    let size: (width: Int, height: Int)
    private let sample: OpaquePointer
    private let buffer: UnsafeMutablePointer<GstBuffer>

    /// Takes the sample over; nil, and the sample gone, if it is no picture.
    init?(_ sample: OpaquePointer) {
        var (width, height) = (gint(0), gint(0))
        guard let buffer = gst_sample_get_buffer(sample), let caps = gst_sample_get_caps(sample),
            let structure = gst_caps_get_structure(caps, 0),
            gst_structure_get_int(structure, "width", &width) != 0, width > 0,
            gst_structure_get_int(structure, "height", &height) != 0, height > 0,
            gst_buffer_get_size(buffer) >= Self.stride(Int(width)) * (Int(height) - 1) + 3 * Int(width)
        else {
            gst_sample_unref(sample)
            return nil
        }
        size = (Int(width), Int(height))
        self.sample = sample
        self.buffer = buffer
    }

    deinit {
        gst_sample_unref(sample)
    }

    /// When it was taken, ns since the pipeline began to play; nil where the source does not say.
    var time: UInt64? {
        let time = steadyhand_gst_buffer_time(buffer)
        return time == steadyhand_gst_no_time() ? nil : UInt64(time)
    }

    /// Shows its bytes, and how many there are from one row to the next.
    func withPixels(_ body: (UnsafeRawBufferPointer, Int) -> Void) {
        var map = GstMapInfo()
        guard gst_buffer_map(buffer, &map, GST_MAP_READ) != 0 else { return }
        defer { gst_buffer_unmap(buffer, &map) }
        body(UnsafeRawBufferPointer(start: map.data, count: Int(map.size)), Self.stride(size.width))
    }

    /// GStreamer's rows of RGB begin at multiples of four bytes.
    private static func stride(_ width: Int) -> Int { (3 * width + 3) / 4 * 4 }
}
