// swift-tools-version: 6.2
import PackageDescription

/// `tools/setup` puts MuJoCo here; `tools/swift` tells SwiftPM where its pkg-config file is.
let mujocoLibraries = "\(Context.packageDirectory)/.deps/mujoco/lib"

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// For numerical kernels: SwiftPM compiles for baseline x86-64 otherwise, where a fused multiply-add is a library call.
/// Optimised in debug builds too, where SIMD would be a hundred times slower and training untestable.
let vectorised: [SwiftSetting] = strict + [.unsafeFlags(["-O", "-Xcc", "-march=x86-64-v3"])]

/// For what has to keep up with a real wire in debug builds too.
let optimised: [SwiftSetting] = strict + [.unsafeFlags(["-O"])]

/// For generic code in the real-time path: only with all of a module at once can the compiler specialise it in a debug
/// build, and prove that it neither allocates nor locks.
let wholeModule: [SwiftSetting] = strict + [.unsafeFlags(["-whole-module-optimization", "-num-threads", "2"])]

/// Looked for when a job names an ONNX model; `tools/setup` puts it there.
let findOnnxRuntime: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "\(Context.packageDirectory)/.deps/onnxruntime/lib"])
]

let findMuJoCo: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", mujocoLibraries])]

let package = Package(
    name: "steadyhand",
    products: [
        .executable(name: "steadyhand", targets: ["steadyhand"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // C libraries.
        .target(name: "CRealtime"),
        // Loads its library when it is asked for.
        .target(name: "COnnxRuntime"),
        .systemLibrary(name: "CMuJoCo", pkgConfig: "mujoco"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CSerialPort", pkgConfig: "libserialport", providers: [.apt(["libserialport-dev"])]),
        .systemLibrary(
            name: "CGStreamer", pkgConfig: "steadyhand-gstreamer",
            providers: [.apt(["libgstreamer1.0-dev", "libgstreamer-plugins-base1.0-dev"])]),
        .systemLibrary(name: "CEGL", pkgConfig: "egl", providers: [.apt(["libegl-dev"])]),

        // The house, from the ground up.
        .target(name: "Realtime", dependencies: ["CRealtime"], swiftSettings: strict),
        .target(name: "Configuration", dependencies: ["CYAML"], swiftSettings: strict),
        .target(
            name: "Robots", dependencies: ["Realtime", "Configuration", "CMuJoCo"], swiftSettings: vectorised,
            linkerSettings: findMuJoCo),
        .target(name: "Numerics", dependencies: ["Realtime", "CRealtime", "COpenBLAS"], swiftSettings: vectorised),
        // Optimised in debug builds too: it goes through every pixel.
        .target(name: "Cameras", dependencies: ["Realtime", "CPNG", "CGStreamer"], swiftSettings: vectorised),
        .target(
            name: "Control", dependencies: ["Robots", "Realtime", "CRealtime", "Configuration"],
            swiftSettings: vectorised),
        .target(
            name: "Policies",
            dependencies: ["Numerics", "Cameras", "Realtime", "CRealtime", "COnnxRuntime", "Configuration"],
            swiftSettings: strict, linkerSettings: findOnnxRuntime),
        .target(
            name: "RemotePolicies",
            dependencies: [
                "Policies", "Cameras", "Numerics", "Realtime",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: vectorised),
        .target(name: "Learning", dependencies: ["Numerics", "Policies", "Realtime"], swiftSettings: vectorised),
        .target(name: "Teleoperation", dependencies: ["Robots", "Realtime"], swiftSettings: strict),
        .target(
            name: "Simulation",
            dependencies: [
                "Robots", "Control", "Policies", "Numerics", "Configuration", "Cameras", "CMuJoCo", "CEGL",
            ],
            swiftSettings: strict),
        .target(name: "Drivers", dependencies: ["Robots", "Realtime", "CSerialPort"], swiftSettings: wholeModule),
        .target(
            name: "Emulation",
            dependencies: [
                "Drivers", "Robots", "Numerics", "Configuration", "Realtime", "CSerialPort", "CMuJoCo",
            ],
            swiftSettings: optimised, linkerSettings: findMuJoCo),
        .target(
            name: "Episodes", dependencies: ["Robots", "Control", "Policies", "Cameras", "CHDF5"], swiftSettings: strict
        ),
        .target(
            name: "Runtime",
            dependencies: [
                "Simulation", "Drivers", "Emulation", "Teleoperation", "Episodes", "RemotePolicies", "Policies",
                "Learning",
                "Control", "Cameras", "Robots", "Configuration", "Realtime",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "steadyhand",
            dependencies: [
                "Runtime", "Configuration", "Drivers", "Emulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Run under the thread sanitizer as well.
        .executableTarget(name: "exchange-stress", dependencies: ["Realtime"], swiftSettings: strict),

        // What tests share, and a program for them to kill.
        .target(
            name: "EpisodeSamples", dependencies: ["Episodes"], path: "Tests/EpisodeSamples", swiftSettings: strict),
        .executableTarget(
            name: "episode-writer-probe", dependencies: ["Episodes", "EpisodeSamples"],
            path: "Tests/EpisodeWriterProbe", swiftSettings: strict),

        // Tests, one folder per module.
        .testTarget(name: "RealtimeTests", dependencies: ["Realtime", "CRealtime"], swiftSettings: strict),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration"], swiftSettings: strict),
        .testTarget(name: "RobotsTests", dependencies: ["Robots"], swiftSettings: strict),
        .testTarget(name: "NumericsTests", dependencies: ["Numerics", "Realtime"], swiftSettings: strict),
        .testTarget(name: "CamerasTests", dependencies: ["Cameras"], swiftSettings: strict),
        .testTarget(name: "ControlTests", dependencies: ["Control"], swiftSettings: strict),
        .testTarget(
            name: "DriversTests", dependencies: ["Drivers", "Emulation", "CodecFuzz", "Realtime"],
            swiftSettings: strict),
        .testTarget(
            name: "EmulationTests", dependencies: ["Emulation", "Drivers", "Robots", "Configuration"],
            swiftSettings: strict),
        // Random and mutated streams for the decoders: a short run in the tests, a long one by tools/fuzz.
        .target(
            name: "CodecFuzz", dependencies: ["Drivers", "Numerics", "RemotePolicies"], path: "Tests/CodecFuzz",
            swiftSettings: strict),
        .executableTarget(name: "codec-fuzz", dependencies: ["CodecFuzz"], swiftSettings: strict),
        // Policies that were not trained here: tools/policy_server, started and ended by tests, and ONNX graphs.
        .target(name: "PolicySamples", path: "Tests/PolicySamples", swiftSettings: strict),
        .testTarget(name: "TeleoperationTests", dependencies: ["Teleoperation"], swiftSettings: strict),
        .testTarget(
            name: "PoliciesTests", dependencies: ["Policies", "Configuration", "Realtime", "PolicySamples"],
            swiftSettings: strict),
        .testTarget(
            name: "RemotePoliciesTests",
            dependencies: [
                "RemotePolicies", "Policies", "Numerics", "Cameras", "Realtime", "CodecFuzz", "PolicySamples",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "LearningTests", dependencies: ["Learning", "Numerics", "Realtime"], swiftSettings: vectorised),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: strict),
        .testTarget(
            name: "EpisodesTests", dependencies: ["Episodes", "EpisodeSamples", "episode-writer-probe"],
            swiftSettings: strict),
        .testTarget(
            name: "RuntimeTests", dependencies: ["Runtime", "Emulation", "steadyhand", "PolicySamples"],
            swiftSettings: strict),
        // End to end: runs the program that `tools/test` builds first.
        .testTarget(
            name: "CommandLineTests", dependencies: ["PolicySamples", "CSerialPort"], swiftSettings: strict),
    ]
)
