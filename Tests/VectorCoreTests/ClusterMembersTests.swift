import Testing
import VectorCore

@Suite struct ClusterMembersTests {
  @Test func rowsOfEachClusterAscend() {
    let members = ClusterMembers(labels: [2, 0, 2, 2, 0], clusters: 4)
    #expect((0..<4).map { Array(members.rows(of: $0)) } == [[1, 4], [], [0, 2, 3], []])
  }

  @Test func noRowsAtAll() {
    #expect(ClusterMembers(labels: [], clusters: 1).rows(of: 0).isEmpty)
  }
}
