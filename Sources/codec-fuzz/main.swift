import CodecFuzz

// codec-fuzz [INPUTS [SEED]]: ends with 0 only if no decoder gave a wrong answer.
let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
guard arguments.count == CommandLine.arguments.count - 1, arguments.count <= 2 else {
    fatalError("usage: codec-fuzz [INPUTS [SEED]]")
}
let inputs = Int(arguments.first ?? 1_000_000)
let seed = arguments.dropFirst().first ?? 1
var fuzz = CodecFuzz(seed: seed)
let outcome = try fuzz.run(inputs: inputs)
print("\(outcome.inputs) streams with seed \(seed): \(outcome.frames) frames accepted, each with a good check")
var messages = MessagePackFuzz(seed: seed)
let taken = try messages.run(inputs: inputs / 4)
print("\(taken.inputs) messages with seed \(seed): \(taken.accepted) values, \(taken.replies) replies")
