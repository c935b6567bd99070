import Dispatch
import Numerics
import Policies

/// How fast the policy is trained, beside what the machine's matrix products could do at best.
struct TrainingBench {
    /// As many as training uses.
    static let workers = 2

    let rounds: Int
    let effort: BenchEffort
    let context: JobContext
    let episode: BenchEpisode

    init(_ job: BenchJob, _ context: JobContext, _ episode: BenchEpisode) {
        rounds = job.rounds
        effort = job.effort
        self.context = context
        self.episode = episode
    }

    func run() throws -> BenchLayer {
        let trainer = try context.makeBenchTrainer(episode, workers: Self.workers)
        let batch = context.job.training.batchSize
        let operations = Double(batch) * operationsPerSample(trainer)
        var rates: [Double] = []
        var peaks: [Double] = []
        try trainer.update()
        for _ in 0..<rounds {
            let time = try seconds {
                for _ in 0..<effort.updates { try trainer.update() }
            }
            rates.append(Double(effort.updates) / time)
            peaks.append(peak())
        }
        let peak = BenchFigure.median(peaks)
        var layer = BenchLayer()
        layer.add("updates", BenchFigure("updates of \(batch) samples", unit: "/s", rounds: rates))
        layer.add("samples", BenchFigure("samples", unit: "/s", rounds: rates.map { $0 * Double(batch) }))
        layer.add(
            "arithmetic",
            BenchFigure("arithmetic of its products", unit: "GFLOP/s", rounds: rates.map { $0 * operations * 1e-9 })
                .compared(with: peak, "the machine's peak"))
        let size = effort.peakSize
        layer.add("peak", BenchFigure("products of \(size) × \(size) on each worker", unit: "GFLOP/s", rounds: peaks))
        layer.notes.append(
            "\(Self.workers) workers; the products of an update are "
                + "\(Results.rounded(operations * 1e-9, digits: 3)) GFLOP")
        if !MatrixProduct.isConcurrent {
            layer.notes.append(
                "this OpenBLAS was built without threads, so that the workers' products queue: "
                    + "install libopenblas0-pthread for more speed")
        }
        return layer
    }

    /// Floating-point operations of the matrix products for one sample: two for each weight in the forward pass, two for its
    /// gradient, and two for the gradient of its layer's input, which the first layers do not need.
    private func operationsPerSample(_ trainer: FlowTrainer) -> Double {
        let shape = trainer.configuration
        let features = FeatureEncoder(layout: trainer.purpose.layout).size + shape.timeFeatures
        let chunk = shape.horizon * trainer.purpose.actionSize
        let first = features * shape.condition + chunk * shape.hidden
        let block = 2 * shape.hidden * shape.hidden + shape.condition * shape.hidden
        let inner = shape.blocks * block + shape.hidden * chunk
        return Double(4 * first + 6 * inner)
    }

    /// GFLOP/s of large products, one stream of them on each worker.
    private func peak() -> Double {
        let size = effort.peakSize
        let products = 20
        let tensors = (0..<Self.workers).map { _ in (0..<3).map { _ in Tensor(rows: size, columns: size) } }
        for tensor in tensors.joined() { tensor.fill(0.5) }
        let time = seconds {
            DispatchQueue.concurrentPerform(iterations: Self.workers) { worker in
                let (left, right, result) = (tensors[worker][0], tensors[worker][1], tensors[worker][2])
                for _ in 0..<products { MatrixProduct.timesTransposed(left.view, right.view, into: result.view) }
            }
        }
        let operations = 2 * Double(size) * Double(size) * Double(size)
        return operations * Double(products * Self.workers) / time * 1e-9
    }
}
