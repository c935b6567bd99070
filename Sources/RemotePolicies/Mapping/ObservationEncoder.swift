internal import Cameras
internal import NIOCore
public import Policies

/// Turns requests into messages, as an ``ObservationMap`` says.
public struct ObservationEncoder: Sendable {
    /// A map of the message: names with what stands under them.
    private indirect enum Branch: Sendable {
        case map([(name: String, branch: Branch)])
        case text(String)
        case numbers([Range<Int>], count: Int, NumpyType)
        case picture(ObservationMap.Picture, frame: Int)
    }

    private let root: [(name: String, branch: Branch)]
    /// The parts that are not the robot's: a task's.
    public let layout: ObservationLayout
    /// The robot's own.
    public let robotLayout: ObservationLayout
    /// Bytes of a message, or a little more.
    let capacity: Int

    /// - Parameters:
    ///   - map: what is sent.
    ///   - layout: the parts of a request's observation.
    ///   - robotLayout: the parts of a request's robot state; where both have a name, this is meant.
    ///   - cameras: the names of the cameras that a request's frames are of, in order.
    /// - Throws: ``RemotePolicyError`` of the kind ``RemotePolicyError/Kind/observation`` if a part or a camera is not there.
    public init(
        _ map: ObservationMap, layout: ObservationLayout, robotLayout: ObservationLayout, cameras: [String],
        server: String
    ) throws(RemotePolicyError) {
        self.layout = layout
        self.robotLayout = robotLayout
        var places: [String: Range<Int>] = [:]
        var start = 0
        for part in robotLayout.parts + layout.parts {
            if places[part.name] == nil { places[part.name] = start..<start + part.size }
            start += part.size
        }
        var root: [(name: String, branch: Branch)] = []
        var capacity = 64
        for entry in map.entries {
            let branch: Branch
            switch entry.content {
            case .text(let text):
                branch = .text(text)
                capacity += text.utf8.count
            case .picture(let picture):
                guard let frame = cameras.firstIndex(of: picture.camera) else {
                    let known = cameras.isEmpty ? "no cameras in this job" : cameras.joined(separator: ", ")
                    throw RemotePolicyError(
                        .observation, server: server,
                        "it is to see through the camera '\(picture.camera)', which is not there; there are: \(known)")
                }
                branch = .picture(picture, frame: frame)
                capacity += 3 * picture.width * picture.height
            case .numbers(let parts, let type):
                var ranges: [Range<Int>] = []
                for part in parts {
                    guard let place = places[part] else {
                        let known = (robotLayout.parts + layout.parts).map(\.name).joined(separator: ", ")
                        throw RemotePolicyError(
                            .observation, server: server,
                            "no part of the observation is called '\(part)'; there are: \(known)")
                    }
                    ranges.append(place)
                }
                let count = ranges.reduce(0) { $0 + $1.count }
                branch = .numbers(ranges, count: count, type)
                capacity += type.size * count
            }
            capacity += 96 + entry.key.reduce(0) { $0 + $1.utf8.count + 5 }
            guard Self.insert(branch, entry.key[...], into: &root) else {
                throw RemotePolicyError(
                    .observation, server: server, "the key '\(entry.key.joined(separator: "/"))' is there twice")
            }
        }
        self.root = root
        self.capacity = capacity
    }

    private static func insert(
        _ branch: Branch, _ key: ArraySlice<String>, into map: inout [(name: String, branch: Branch)]
    ) -> Bool {
        guard let name = key.first else { return false }
        let place = map.firstIndex { $0.name == name }
        guard key.count > 1 else {
            if place == nil { map.append((name, branch)) }
            return place == nil
        }
        guard let place else {
            var inner: [(name: String, branch: Branch)] = []
            defer { map.append((name, .map(inner))) }
            return insert(branch, key.dropFirst(), into: &inner)
        }
        guard case .map(var inner) = map[place].branch else { return false }
        defer { map[place].branch = .map(inner) }
        return insert(branch, key.dropFirst(), into: &inner)
    }

    /// How many entries the outer map has.
    var entryCount: Int { root.count }

    /// Writes the entries of the outer map; its header is the caller's, who may add to it.
    ///
    /// - Parameters:
    ///   - request: without frames pictures are black, as in a rehearsal.
    ///   - fitting: keeps what fitting pictures takes from one request to the next.
    /// - Throws: ``PolicyError`` if the request does not fit or is not finite.
    func encode(
        _ request: ChunkRequest, _ fitting: inout PictureFitting, into message: inout ByteBuffer
    ) throws(PolicyError) {
        try Self.check(request.robotState, robotLayout)
        try Self.check(request.observation, layout)
        let numbers = request.robotState + request.observation
        for (name, branch) in root {
            message.writeMessagePack(name)
            write(branch, numbers, request.frames, &fitting, into: &message)
        }
    }

    private static func check(_ numbers: [Float], _ layout: ObservationLayout) throws(PolicyError) {
        guard numbers.count == layout.size else {
            throw .observationSize(expected: layout.size, actual: numbers.count)
        }
        guard let bad = numbers.firstIndex(where: { !$0.isFinite }) else { return }
        var start = 0
        for part in layout.parts {
            if bad < start + part.size { throw .observationNotFinite(part: part.name, index: bad - start) }
            start += part.size
        }
    }

    private func write(
        _ branch: Branch, _ numbers: [Float], _ frames: [CameraFrame], _ fitting: inout PictureFitting,
        into message: inout ByteBuffer
    ) {
        switch branch {
        case .text(let text): message.writeMessagePack(text)
        case .numbers(let ranges, let count, let type):
            if ranges.count == 1 {
                message.writeNumpyArray(type, shape: [count], numbers[ranges[0]])
            } else {
                message.writeNumpyArray(type, shape: [count], ranges.flatMap { numbers[$0] })
            }
        case .picture(let picture, let frame):
            let (width, height) = (picture.width, picture.height)
            let shape = picture.layout == .hwc ? [height, width, 3] : [3, height, width]
            message.writeNumpyArray(.byte, shape: shape) { room in
                guard frames.indices.contains(frame) else {
                    room.initializeMemory(as: UInt8.self, repeating: 0)
                    return
                }
                fitting.write(frames[frame].image, picture, into: room)
            }
        case .map(let entries):
            message.writeMessagePackMapHeader(count: entries.count)
            for (name, branch) in entries {
                message.writeMessagePack(name)
                write(branch, numbers, frames, &fitting, into: &message)
            }
        }
    }
}
