public import RemotePolicies

extension JobConfiguration {
    /// A base policy behind an openpi policy server.
    public struct RemoteSettings: Equatable, Sendable {
        /// Where the key comes from that the server is shown.
        public enum Key: Equatable, Sendable {
            /// The first line of a file; its absolute path.
            case file(String)
            /// A variable of the environment.
            case environment(String)
        }

        /// The observations that openpi has policies for, and that of the policies trained here.
        public enum Convention: String, CaseIterable, Equatable, Sendable {
            /// Each part of the task's observation under its own name.
            case task
            case droid
            case libero
            case aloha
        }

        /// What the server is sent.
        public enum Observation: Equatable, Sendable {
            case convention(Convention)
            /// What the job file lists.
            case map(ObservationMap)
        }

        /// Where the server is.
        public var server: ServerAddress
        /// The key that it is shown; nil shows none.
        public var key: Key?
        /// Absolute path of certificates to trust in place of the system's; nil for those.
        public var certificatePath: String?
        /// What the policy is told to do; nil tells it nothing.
        public var prompt: String?
        /// What the policy sees.
        public var observation: Observation
        /// The cameras of a convention's pictures, in its order: DROID's and LIBERO's are a camera in front of the robot and the
        /// wrist's, ALOHA's are sent under their own names.
        public var cameras: [String]
        /// What the server's actions mean.
        public var actions: ActionMap.Meaning
        /// How far a joint goes in one step at a velocity of 1, rad.
        public var jointStep: Double
        /// How long connecting, the first reply and any other may take, s.
        public var patience: Patience

        /// How long things may take, s.
        public struct Patience: Equatable, Sendable {
            /// Until the server has said what it is.
            public var connecting: Double
            /// Until the first reply, before the robot moves.
            public var warmUp: Double
            /// Until any further reply, with all that it takes to connect again.
            public var reply: Double

            var nanoseconds: RemotePolicy.Patience {
                var patience = RemotePolicy.Patience()
                patience.connecting = UInt64(connecting * 1e9)
                patience.warmUp = UInt64(warmUp * 1e9)
                patience.reply = UInt64(reply * 1e9)
                return patience
            }
        }
    }
}

extension JobConfiguration.RemoteSettings {
    /// What the server is sent, for a task whose observation has these parts.
    func observationMap(taskParts: [String]) -> ObservationMap {
        var map: ObservationMap
        switch observation {
        case .map(let listed): map = listed
        case .convention(.task): map = .task(parts: taskParts)
        case .convention(.droid): map = .droid(exterior: .init(camera: cameras[0]), wrist: .init(camera: cameras[1]))
        case .convention(.libero): map = .libero(front: .init(camera: cameras[0]), wrist: .init(camera: cameras[1]))
        case .convention(.aloha): map = .aloha(pictures: cameras.map { ($0, .init(camera: $0)) })
        }
        if let prompt { map.entries.append(.init(["prompt"], .text(prompt))) }
        return map
    }
}

extension JobConfiguration.RemoteSettings.Convention {
    /// How many cameras it takes.
    var cameraCount: ClosedRange<Int> {
        switch self {
        case .task: 0...0
        case .droid, .libero: 2...2
        case .aloha: 1...8
        }
    }

    /// What the actions of its policies mean.
    var actions: ActionMap.Meaning {
        switch self {
        case .task, .libero: .job
        case .droid: .jointVelocities
        case .aloha: .jointPositions
        }
    }
}
