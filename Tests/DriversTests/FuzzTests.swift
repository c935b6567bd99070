import CodecFuzz
import Testing

@Suite struct FuzzTests {
    /// A short run of what `tools/fuzz` does a million times.
    @Test(arguments: [UInt64(1), 2]) func noDecoderIsFooled(seed: UInt64) throws {
        var fuzz = CodecFuzz(seed: seed)
        let outcome = try fuzz.run(inputs: 10_000)
        #expect(outcome.inputs == 10_000)
        #expect(outcome.frames > 3000, "\(outcome.frames) frames: the streams are too broken to say anything")
    }
}
