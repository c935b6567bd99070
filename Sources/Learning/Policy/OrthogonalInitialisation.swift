internal import Numerics

extension Parameters {
    /// Makes a weight (outputs × inputs) orthogonal: rows, or columns where there are fewer of them, of length 1 at right
    /// angles (Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2014).
    func initialiseOrthogonally(_ name: String, random: inout RandomStream) {
        guard let entry = layout.entries.first(where: { $0.name == name }), entry.shape.count == 2 else {
            preconditionFailure("no matrix named \(name)")
        }
        let (rows, columns) = (entry.shape[0], entry.shape[1])
        let values = values(entry)
        random.fillGaussian(values)
        let byRow = rows <= columns
        let (vectors, length) = byRow ? (rows, columns) : (columns, rows)
        let (vectorStride, elementStride) = byRow ? (columns, 1) : (1, columns)
        func dot(_ left: Int, _ right: Int) -> Double {
            var sum = 0.0
            for index in 0..<length {
                sum +=
                    Double(values[left * vectorStride + index * elementStride])
                    * Double(values[right * vectorStride + index * elementStride])
            }
            return sum
        }
        for vector in 0..<vectors {
            for earlier in 0..<vector {
                let share = Float(dot(vector, earlier))
                for index in 0..<length {
                    values[vector * vectorStride + index * elementStride] -=
                        share * values[earlier * vectorStride + index * elementStride]
                }
            }
            let scale = Float(1 / max(dot(vector, vector).squareRoot(), 1e-12))
            for index in 0..<length { values[vector * vectorStride + index * elementStride] *= scale }
        }
    }
}
