import EpisodeSamples
import Episodes
import Foundation

// A program for tests to kill or to starve of disk:
//     episode-writer-probe endless FOLDER INDEX SEED           writes for ever, acknowledging every step on standard output
//     episode-writer-probe limited FOLDER BYTES                writes episode 0, then 1 until a file may not grow, then 2
let arguments = CommandLine.arguments
switch arguments.count > 1 ? arguments[1] : "" {
case "endless":
    guard arguments.count == 5, let index = Int(arguments[3]), let seed = UInt64(arguments[4]) else { exit(64) }
    let sample = EpisodeSample(seed: seed, cameras: EpisodeSample.probeCameras)
    let writer = try EpisodeWriter(folder: arguments[2], index: index, header: sample.header)
    for row in 0... {
        try sample.append(step: row, to: writer)
        var count = UInt32(row + 1)
        guard write(1, &count, 4) == 4 else { exit(74) }
    }
case "limited":
    guard arguments.count == 4, let bytes = UInt64(arguments[3]) else { exit(64) }
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(71) }
    let sample = EpisodeSample(seed: 1)
    try sample.write(20, to: arguments[2], index: 0)
    do {
        try sample.write(1_000_000, to: arguments[2], index: 1)
        exit(1)
    } catch {
        guard case .full = error.kind else {
            print("not full: \(error)")
            exit(2)
        }
        print(error)
    }
    try sample.write(20, to: arguments[2], index: 2)
default:
    exit(64)
}
