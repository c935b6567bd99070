import Foundation
import Testing

extension CommandLineTests {
    /// `tools/reproduce`, with a program that learns nothing in its place.
    @Suite struct Reproduce {
        private func run(_ arguments: String..., in folder: Workspace) async throws -> ProgramResult {
            try await RunningProgram(
                command: ["\(Program.package)/tools/reproduce"] + arguments + ["--out", folder["out"]],
                folder: folder.path, environment: [:]
            ).wait(timeLimit: 60)
        }

        /// A measured improvement whose evaluations came at every 4,000 steps, in per cent of 50.
        private func record(
            _ name: String, seed: Int, final: Int, again: Int? = nil, _ curve: [Int]
        ) throws -> String {
            func rate(_ percent: Int, of episodes: Int) -> [String: Any] {
                let half = 0.12
                let part = Double(percent) / 100
                return ["rate": part, "low": part - half, "high": part + half, "episodes": episodes]
            }
            let points = curve.enumerated().map { index, percent in
                rate(percent, of: 50).merging(["step": 4000 * index]) { first, _ in first }
            }
            var record: [String: Any] = [
                "task": "threading", "seed": seed, "name": name, "steps": 24000, "demonstrations": 100,
                "commit": "abc1234", "minutes": 4, "base": rate(10, of: 100), "cloned": rate(60, of: 100),
                "stepZero": rate(80, of: 100), "final": rate(final, of: 100), "policyStep": 24000, "curve": points,
                "rollbacks": [],
            ]
            record["again"] = again.map { rate($0, of: 100) }
            return String(decoding: try JSONSerialization.data(withJSONObject: record), as: UTF8.self)
        }

        @Test func theTableIsMadeOfRecords() async throws {
            let folder = try Workspace()
            let records = [
                try record("coherent-ensemble", seed: 0, final: 98, again: 94, [80, 84, 92, 98]),
                try record("coherent-ensemble", seed: 1, final: 100, again: 96, [80, 60, 88, 90]),
                try record("sparse-ensemble", seed: 0, final: 82, [80, 84, 82, 54]),
                try record("sparse-ensemble", seed: 1, final: 92, [80, 84, 82, 94]),
                try record("coherent-residual", seed: 0, final: 94, [92, 90, 92, 94]),
                try record("sparse-residual", seed: 0, final: 94, [94, 90, 92, 94]),
                try record("sparse-uncloned", seed: 0, final: 60, [10, 10, 30, 60]),
                try record("sparse-uncloned", seed: 2, final: 92, [10, 10, 30, 92]),
            ]
            try folder.write(records.joined(separator: "\n") + "\n", to: "records.jsonl")
            let result = try await run("threading", "--table", "--records", folder["records.jsonl"], in: folder)
            #expect(result.status == 0, "\(result.standardError)")
            let rows = result.outputLines.filter { $0.hasPrefix("| threading ") }.map { line in
                line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            }
            try #require(rows.count == 5)
            // Two hundred episodes as one sample; the interval of 60 % is below 80 %, but that may be chance in fifty.
            #expect(
                rows[0] == [
                    "threading", "14 → 92 (450k)", "coherent-ensemble", "100", "0, 1", "10 (7–15)", "60 (53–67)",
                    "80 (74–85)",
                    "99 (96–100)", "95 (91–97)", "24000, 24000", "4", "1 of 2", "0 of 2", "8000, 12000", "≥ 1.2 ×",
                    "≥ 1.5 ×",
                ])
            // Begun at 90, nothing can be divided by.
            #expect(rows[1][2] == "coherent-residual" && rows[1][9] == "–")
            #expect(rows[1][14...] == ["0", "neither needs any", "≥ 12000 to 0"])
            #expect(
                rows[2][2...] == [
                    "sparse-ensemble", "100", "0, 1", "10 (7–15)", "60 (53–67)", "80 (74–85)", "87 (82–91)", "–",
                    "24000, 24000", "4",
                    "0 of 2", "1 of 2", "never, 12000", "", "",
                ])
            #expect(rows[4][2] == "sparse-uncloned" && rows[4][4] == "0, 2")
            #expect(result.standardOutput.contains("Commit abc1234; 24000 environment steps."))

            // What is recorded is not run again.
            let plan = try await run(
                "threading", "--plan", "--seeds", "0,1", "--only", "coherent-ensemble,sparse-ensemble", "--records",
                folder["records.jsonl"], in: folder)
            #expect(plan.status == 0 && plan.complains("0 of 4 improvements to do, 0 steps"))
            let more = try await run(
                "threading", "--plan", "--seeds", "0,2", "--records", folder["records.jsonl"], in: folder)
            // A whole name does not stand for those that begin with it.
            let one = try await run(
                "threading", "--plan", "--seeds", "0,2", "--only", "sparse-uncloned", "--records",
                folder["records.jsonl"], in: folder)
            #expect(one.complains("0 of 2 improvements to do"))
            #expect(more.complains("6 of 12 improvements to do, 144000 steps"))

            // By the minutes of the same method: four for each of two on one core, and a guess for what they begin with.
            let time = try await run(
                "threading", "--plan", "--seeds", "7,8", "--only", "coherent-ensemble", "--jobs", "1", "--records",
                folder["records.jsonl"], in: folder)
            #expect(time.complains("2 of 2 improvements to do, 48000 steps, about 14 min"))
            let guess = try await run("threading", "--plan", "--seeds", "7", in: folder)
            #expect(guess.complains("by a guess that gets better"))
        }

        /// Leaves what `steadyhand` leaves, at once, and notes what it was told.
        private let pretender = """
            #!/usr/bin/env python3
            import json, pathlib, sys, time
            told = sys.argv[1:]
            here = pathlib.Path(sys.argv[0]).parent
            with open(here / "told.txt", "a") as file:
                file.write(" ".join(told) + "\\n")
            if told[0] == "report":
                sys.exit(0)
            out = pathlib.Path(told[told.index("--resume" if "--out" not in told else "--out") + 1])
            (out / "checkpoints").mkdir(parents=True, exist_ok=True)
            if told[0] == "improve" and (here / "slow").exists():
                (out / "run.yaml").write_text("")
                try:
                    (here / "begun").write_text("")
                    time.sleep(60)
                except KeyboardInterrupt:
                    sys.exit(130)
            rate = {"rate": 0.5, "low": 0.4, "high": 0.6, "episodes": 100}
            results = {"episodes": 100, **rate} if told[0] == "evaluate" else {"episodes": 100}
            if told[0] == "improve":
                noted = (out.parent / "seconds.json").read_text()
                (here / "noted.txt").write_text(noted)
                steps = int(told[told.index("--steps") + 1])
                if (here / "short").exists():
                    steps //= 2
                results = {"base": rate, "cloned": rate, "stepZero": rate, "final": rate, "policyStep": 0, "steps": steps}
                (out / "checkpoints" / "improvement.json").write_text(json.dumps({"steps": steps}))
                (out / "metrics.jsonl").write_text(json.dumps({"kind": "evaluation", "step": 0, **rate}) + "\\n")
            (out / "results.json").write_text(json.dumps(results))

            """

        /// Nobody has to believe that the README was brought up to date.
        @Test func theReadmeHasTheTableOfWhatWasMeasured() async throws {
            let folder = try Workspace()
            let result = try await run("--table", "--records", "\(Program.package)/tools/reproduced.jsonl", in: folder)
            #expect(result.status == 0, "\(result.standardError)")
            let table = result.outputLines.filter { $0.hasPrefix("|") }
            #expect(table.count > 2)
            let readme = try String(contentsOfFile: "\(Program.package)/README.md", encoding: .utf8)
            #expect(readme.contains(table.joined(separator: "\n")))
        }

        @Test func everyStageIsRunOnce() async throws {
            let folder = try Workspace()
            try folder.writeProgram(pretender, to: "pretender")
            let whole = [
                "threading", "--seeds", "3,4", "--only", "coherent-residual,sparse-residual,sparse-unc", "--jobs",
                "1",
                "--program",
                folder["pretender"], "--records", folder["records.jsonl"],
            ]
            func run(_ more: [String] = []) async throws -> ProgramResult {
                try await RunningProgram(
                    command: ["\(Program.package)/tools/reproduce"] + whole + ["--out", folder["out"]] + more,
                    folder: folder.path, environment: [:]
                ).wait(timeLimit: 60)
            }
            let first = try await run()
            #expect(first.status == 0, "\(first.standardError)")
            let told = try folder.text("told.txt").split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
            for seed in ["3", "4"] {
                let own = told.filter { $0.contains("--seed") && $0[$0.firstIndex(of: "--seed")! + 1] == seed }
                #expect(own.map(\.[0]) == ["record", "train", "improve", "improve", "improve", "improve"])
                // Where another method has cloned and measured the same, that is taken over.
                let runs = folder["out/threading/seed-\(seed)"]
                #expect(own.dropFirst(2).map { $0.contains("--start") } == [false, true, false, true])
                #expect(own[3].contains(runs + "/coherent-residual") && own[5].contains(runs + "/sparse-uncloned"))
            }
            // The method's results are measured once more, each on states of its own.
            let again = told.filter { $0[0] == "evaluate" }
            #expect(again.map { $0[$0.firstIndex(of: "--seed")! + 1] } == ["38000000", "48000000"])
            #expect(again[0].contains(folder["out/threading/seed-3/coherent-residual"]))
            let records = try folder.text("records.jsonl")
            #expect(records.split(separator: "\n").count == 8 && records.split(separator: "again").count == 3)
            #expect(try folder.text("out/table.md").contains("| sparse-uncloned-alone | 100 | 3, 4 |"))

            let second = try await run()
            #expect(second.status == 0 && second.complains("0 of 8 improvements to do"))
            #expect(try folder.text("records.jsonl") == records)
            #expect(!records.contains("\"minutes\": null"))

            // How long it took is not known of what was killed on its way: so it is noted until the end.
            #expect(try folder.text("noted.txt").contains("\"sparse-uncloned-alone\": null"))
            try FileManager.default.createDirectory(
                atPath: folder["out/threading/seed-6"], withIntermediateDirectories: true)
            try folder.write("{\"coherent-residual\": null}", to: "out/threading/seed-6/seconds.json")
            let killed = try await run(
                ["--seeds", "6", "--only", "coherent-residual", "--records", folder["killed.jsonl"]])
            #expect(killed.status == 0, "\(killed.standardError)")
            #expect(try folder.text("killed.jsonl").contains("\"minutes\": null"))

            // A run of fewer steps than its folder's name is asked for does not count as it.
            try folder.write("", to: "short")
            let short = try await run(["--seeds", "5", "--only", "coherent-residual"])
            #expect(short.status == 1 && short.complains("this run took 12000 steps, not 24000: choose another --out"))
            #expect(try folder.text("records.jsonl") == records)

            // What is there already is looked at before anything is run.
            for told in [["--steps", "12000"], ["--plan", "--steps", "12000"]] {
                try FileManager.default.removeItem(atPath: folder["told.txt"])
                let other = try await run(["--seeds", "3", "--records", folder["none.jsonl"]] + told)
                #expect(other.status == 1)
                #expect(other.complains("this run took 24000 steps, not 12000: choose another --out"))
                #expect(!FileManager.default.fileExists(atPath: folder["told.txt"]))
                try folder.write("", to: "told.txt")
            }
            let fewer = try await run(["--plan", "--seeds", "3", "--demonstrations", "90"])
            #expect(fewer.status == 1 && fewer.complains("100 demonstrations are there, not 90: choose another --out"))
            // And what fits is taken over into records that lack it.
            let plan = try await run(["--plan", "--seeds", "3,4", "--records", folder["none.jsonl"]])
            #expect(plan.complains("0 of 8 improvements to do, 0 steps"))
            #expect(!FileManager.default.fileExists(atPath: folder["none.jsonl"]))
            #expect(try await run(["--seeds", "3,4", "--records", folder["none.jsonl"]]).status == 0)
            #expect(try folder.text("none.jsonl").split(separator: "\n").count == 8)

            // What was recorded before its result was measured once more keeps what is recorded, and its place.
            let lines = records.split(separator: "\n").map(String.init)
            let place = try #require(lines.firstIndex { $0.contains("again") })
            var old = lines
            old[place] = lines[place].replacingOccurrences(
                of: ", \"again\": \\{[^}]*\\}", with: "", options: .regularExpression
            ).replacingOccurrences(of: "\"minutes\": [0-9.]*", with: "\"minutes\": 77.0", options: .regularExpression)
            try folder.write(old.joined(separator: "\n") + "\n", to: "old.jsonl")
            #expect(try await run(["--records", folder["old.jsonl"]]).status == 0)
            let renewed = try folder.text("old.jsonl").split(separator: "\n").map(String.init)
            #expect(renewed.count == 8 && renewed[place].contains("\"minutes\": 77.0"))
            #expect(renewed[place].contains("again") && renewed.last == lines.last)
        }

        /// A terminal that is closed ends it, and what ran with it; started again it goes on with that.
        @Test(arguments: [SIGINT, SIGHUP]) func whatWasInterruptedGoesOn(signal: Int32) async throws {
            let folder = try Workspace()
            try folder.writeProgram(pretender, to: "pretender")
            try folder.write("", to: "slow")
            func start() throws -> RunningProgram {
                try RunningProgram(
                    command: [
                        "\(Program.package)/tools/reproduce", "threading", "--seeds", "3", "--only",
                        "coherent-residual",
                        "--jobs", "1", "--program", folder["pretender"], "--out", folder["out"],
                    ], folder: folder.path, environment: [:])
            }
            let first = try start()
            try await first.wait(timeLimit: 30) { FileManager.default.fileExists(atPath: folder["begun"]) }
            first.signal(signal)
            let stopped = try await first.wait(timeLimit: 30)
            #expect(stopped.status == 130 && stopped.complains("start again with the same --out to go on"))
            #expect(!stopped.complains("error:"), "\(stopped.standardError)")
            try FileManager.default.removeItem(atPath: folder["slow"])
            let second = try await start().wait(timeLimit: 30)
            #expect(second.status == 0, "\(second.standardError)")
            let improvements = try folder.text("told.txt").split(separator: "\n").filter { $0.hasPrefix("improve") }
            #expect(improvements.count == 2 && !improvements[0].contains("--resume"))
            #expect(improvements[1].contains("--resume \(folder["out/threading/seed-3/coherent-residual"])"))
        }

        @Test func whatIsWrongIsNamed() async throws {
            let folder = try Workspace()
            try folder.write("\(try record("coherent-ensemble", seed: 0, final: 9, [1]))\n{}\n", to: "records.jsonl")
            let broken = try await run("--table", "--records", folder["records.jsonl"], in: folder)
            #expect(broken.status == 1 && broken.complains("records.jsonl:2: not a measured improvement"))
            for (arguments, words) in [
                (["jenga"], "there is no task 'jenga'"), (["--steps", "0"], "--steps must be at least 1"),
                (["--only", "magic"], "--only magic"), (["--program", "nowhere"], "there is no such program"),
            ] {
                let result = try await RunningProgram(
                    command: ["\(Program.package)/tools/reproduce"] + arguments, folder: folder.path, environment: [:]
                ).wait(timeLimit: 60)
                #expect(result.status == 2 && result.complains(words), "\(result.standardError)")
            }
        }
    }
}
