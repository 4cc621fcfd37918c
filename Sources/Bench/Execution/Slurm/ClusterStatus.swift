/// The state of a run on a cluster, for people.
public struct ClusterStatus: Sendable, Equatable {
  /// The numbers of orders.
  public var done = 0
  public var running = 0
  public var waiting = 0
  /// The jobs that a person or Slurm holds, such as `17_4`.
  public var held: [String] = []
  /// What the jobs that run have told last, with the name of the node.
  public var activities: [String] = []
  public var total = 0

  /// One line: how many orders are done, run and wait, how held jobs are released, and what the first job does.
  public var text: String {
    var parts = ["\(done) of \(total) orders done", "\(running) running", "\(waiting) waiting"]
    if !held.isEmpty {
      parts.append("\(held.count) held: scontrol release \(held.joined(separator: " "))")
    }
    return parts.joined(separator: ", ") + (activities.isEmpty ? "" : "; \(activities.joined(separator: "; "))")
  }
}
