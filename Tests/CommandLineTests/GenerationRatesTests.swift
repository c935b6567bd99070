import Foundation
import Testing

extension CommandLineTests {
    /// `tools/generation_rates`, with a program that generates nothing in its place.
    @Suite struct GenerationRates {
        /// Leaves what `steadyhand` leaves, and notes what it was told. On D1 every second attempt fails, with seed 4 two of three.
        private let pretender = """
            #!/usr/bin/env python3
            import json, pathlib, sys
            told = sys.argv[1:]
            here = pathlib.Path(sys.argv[0]).parent
            with open(here / "told.txt", "a") as file:
                file.write(" ".join(told) + "\\n")
            out, episodes, seed = (told[told.index(name) + 1] for name in ("--out", "--episodes", "--seed"))
            out = pathlib.Path(out)
            out.mkdir(parents=True, exist_ok=True)
            (out / "run.yaml").write_text("")
            if (here / "dies").exists():
                (here / "dies").unlink()
                sys.exit(130)
            tries = 1 if "d1" not in told[2] else 3 if seed == "4" else 2
            results = {"episodes": int(episodes), "attempts": tries * int(episodes)}
            (out / "results.json").write_text(json.dumps(results))

            """

        @Test func everyRateIsMeasuredOnce() async throws {
            let folder = try Workspace()
            try folder.writeProgram(pretender, to: "pretender")
            func run(_ more: String...) async throws -> ProgramResult {
                try await RunningProgram(
                    command: [
                        "\(Program.package)/tools/generation_rates", "square", "nut-assembly", "--seeds", "3", "4",
                        "--program", folder["pretender"], "--out", folder["out"],
                    ] + more, folder: folder.path, environment: [:]
                ).wait(timeLimit: 60)
            }
            try folder.write("", to: "dies")
            let killed = try await run()
            #expect(killed.status == 130)
            let first = try await run()
            #expect(first.status == 0, "\(first.standardError)")
            let rows = first.outputLines.filter { $0.hasPrefix("| ") }.dropFirst(2)
            #expect(
                rows == [
                    "| square D0 | 60 of 60 | 100 % (94 to 100 %) | 100, 100 |",
                    "| square D1 | 60 of 150 | 40 % (33 to 48 %) | 50, 33 |",
                    "| nut-assembly D0 | 60 of 60 | 100 % (94 to 100 %) | 100, 100 |",
                ])
            let told = try folder.text("told.txt").split(separator: "\n").map(String.init)
            // What was begun is gone on with, and the sources are recorded once for both variants.
            #expect(told.count == 1 + 6 + 4 && told.filter { $0.hasSuffix("--resume") } == [told[1]])
            #expect(told[0] + " --resume" == told[1])
            #expect(told.filter { $0.hasPrefix("record configs/square.yaml --from expert") }.count == 3)
            let sources = folder["out/square/seed-4/sources"]
            #expect(
                told.contains {
                    $0.hasPrefix("dataset generate configs/square-d1.yaml --source \(sources) --seed 4 --episodes 30")
                })

            let second = try await run()
            #expect(second.status == 0 && second.standardOutput == first.standardOutput)
            #expect(try folder.text("told.txt").split(separator: "\n").count == told.count)
            let other = try await run("--episodes", "20")
            #expect(other.status == 1 && other.complains("holds 30 episodes, not 20: give another --out"))
            let wrong = try await run("--program", folder["nowhere"])
            #expect(wrong.status == 2 && wrong.complains("nowhere is not there: build it, or name it with --program"))
        }
    }
}
