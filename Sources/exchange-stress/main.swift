// Hammers the lock-free exchange types from several threads, and fails when a value is torn, lost or out of order.
//
//     swift run exchange-stress [--seconds 3]
//     swift run --sanitize=thread --scratch-path .build-tsan exchange-stress
//
// The thread sanitizer checks that the hand-over is free of data races; the values themselves show whether it is right.
// `--plant-race` adds an unsynchronised variable, to show that the sanitizer would speak up.
import Glibc
import Realtime

let options = StressOptions(CommandLine.arguments.dropFirst())
do {
    let outcomes = [
        try stressLatest(StressPayload<Words3>.self, name: "latest, 29 bytes", seconds: options.seconds / 4),
        try stressLatest(StressPayload<Words250>.self, name: "latest, 2005 bytes", seconds: options.seconds / 4),
        try stressLatestBytes(size: 2005, seconds: options.seconds / 4),
        try stressRing(seconds: options.seconds / 4),
    ]
    if options.plantRace { try raceOnPurpose() }
    for outcome in outcomes { print(outcome) }
    exit(outcomes.allSatisfy(\.isClean) ? 0 : 1)
} catch {
    complain("\(error)")
    exit(70)
}
