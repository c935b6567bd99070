import Configuration
import Robots
import Testing

@Suite struct PandaTests {
    @Test func robotFileDecodes() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        do {
            _ = try RobotDescription.load(path: "/\(root)/robots/panda.yaml")
        } catch {
            print(error)
            throw error
        }
    }
}
