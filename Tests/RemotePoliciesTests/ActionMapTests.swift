import Testing

@testable import RemotePolicies

@Suite struct ActionMapTests {
    /// −1…1 stands for −2…2 rad of the first joint and 0…1 rad of the second.
    private static let ranges = ActionMap.JointRanges(lower: [-2, 0], half: [2, 0.5])

    @Test func actionsOfTheJobStayAndAreKeptInRange() {
        let map = ActionMap(.job, size: 3)
        #expect(map.actions([[0.25, -3, 1]], from: []) == [[0.25, -1, 1]])
    }

    @Test func positionsBecomeShares() {
        let map = ActionMap(.jointPositions, size: 3, ranges: Self.ranges)
        #expect(
            map.actions([[1, 0.5, 1], [-9, 1, 0], [0, 0, 0.25]], from: []) == [
                [0.5, 0, -1], [-1, 1, 1], [0, -1, 0.5],
            ])
    }

    @Test func velocitiesAddUpFromWhereTheObservationWasMade() {
        let map = ActionMap(.jointVelocities, size: 3, ranges: Self.ranges, jointStep: 0.25)
        let actions = map.actions([[1, -1, 0.2], [1, 0, 0.6], [5, 1, 0.51]], from: [0, 0.5])
        // 0 → 0.25 → 0.5 → 0.75 rad, the last by a velocity that was held at 1; 0.5 → 0.25 → 0.25 → 0.5 rad.
        #expect(actions == [[0.125, -0.5, -1], [0.25, -0.5, 1], [0.375, 0, 1]])
    }
}
