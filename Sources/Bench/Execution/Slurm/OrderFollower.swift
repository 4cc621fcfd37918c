/// What happens while a cluster works, for people.
public enum ClusterEvent {
  case run(SweepRunner.Event)
  case status(ClusterStatus)
  /// A line for people.
  case note(String)
}

/// What Slurm has done to a job instead of letting it bring a result.
enum JobStop: Equatable {
  case walltime(seconds: Double)
  /// The job took more memory than its node gives it.
  case memory

  /// The reason in one line.
  var error: String {
    switch self {
    case .walltime(let seconds): "more than the walltime of \(Int((seconds / 60).rounded(.up))) min"
    case .memory: "the job took more memory than its node gives it"
    }
  }
}

/// Takes what the jobs of a cluster bring back.
protocol OrderCollector {
  /// Takes the result of an order.
  ///
  /// - Returns: whether the result was whole; a damaged one is put aside, and the order must be carried out again.
  func collect(_ number: Int) throws(ClusterError) -> Bool

  /// Takes what Slurm has done to an order instead of a result.
  func record(_ order: WorkFolder.Order, _ stop: JobStop) throws(ClusterError)
}

/// Follows the jobs of orders until each order has a result or needs none.
struct OrderFollower {
  private var queue: OrderQueue
  /// The orders without a result.
  private var left: [Int: WorkFolder.Order]
  private let total: Int
  private var refusing: Set<String>
  private var patience: Patience
  /// The jobs whose end has been dealt with.
  private var settled: Set<String> = []
  /// The cells, or the shards, whose jobs were cancelled.
  private var cancelled = 0
  /// The orders that need another job.
  private var again: Set<Int> = []
  private var work: WorkFolder { queue.script.folder }

  init(_ orders: [WorkFolder.Order], in queue: OrderQueue) {
    self.queue = queue
    left = Dictionary(uniqueKeysWithValues: orders.map { ($0.number, $0) })
    total = orders.count
    refusing = Set(queue.script.folder.refusals().map(\.attempt.node))
    patience = Patience(for: queue.script.folder.path)
  }

  /// Waits for the orders, and collects their results.
  ///
  /// - Returns: the number of cells, or of shards, whose jobs were cancelled.
  mutating func follow(
    _ collector: some OrderCollector, report: (ClusterEvent) -> Void
  ) throws(ClusterError) -> Int {
    var pause = Pause()
    var isSilent = false
    while true {
      let listed = queue.look()
      // After the jobs were listed, so that a job that has ended is not taken for one without a result.
      for number in work.published().sorted() where left[number] != nil && !again.contains(number) {
        if try collector.collect(number) { left[number] = nil } else { again.insert(number) }
      }
      if left.isEmpty { return cancelled }
      if let listed {
        report(.status(status(listed)))
        for (number, order) in left.sorted(by: { $0.key < $1.key }) where !again.contains(number) {
          try check(order, listed[number], collector, report)
        }
        try queue.submit(again.sorted(), excluding: refusing)
        again = []
      } else if !isSilent {
        report(.note("squeue does not answer; the jobs go on, and their results are waited for"))
      }
      isSilent = listed == nil
      if left.isEmpty { return cancelled }
      pause.wait()
    }
  }

  /// Looks whether the job of an order has ended without a result, and decides what follows.
  ///
  /// - Parameter listed: the job as Slurm lists it; `nil` for one that is not listed.
  private mutating func check(
    _ order: WorkFolder.Order, _ listed: Slurm.Job?, _ collector: some OrderCollector,
    _ report: (ClusterEvent) -> Void
  ) throws(ClusterError) {
    let number = order.number
    guard let job = listed ?? queue.newest[number] else {
      again.insert(number)
      return
    }
    let name = "\(number) \(job.text)"
    if let listed, [.waiting, .running].contains(listed.state) { return patience.restart(for: name) }
    guard patience.isOver(for: name, isListed: listed != nil), settled.insert(name).inserted else { return }
    if let refusal = work.refusals().first(where: { $0.attempt.number == number && $0.attempt.job == job.text }) {
      refusing.insert(refusal.attempt.node)
      work.forgetAttempts(number)
      report(.note("\(refusal.attempt.node) is excluded: \(refusal.reason)"))
      again.insert(number)
      return
    }
    switch listed?.state {
    case .timeout where queue.isShorter(job):
      report(.note("job \(job.text) exceeded its earlier walltime, and is submitted with the longer one"))
      work.forgetAttempts(number)
      again.insert(number)
    case .timeout: try stop(order, .walltime(seconds: queue.walltimeSeconds(of: job)), collector)
    case .outOfMemory: try stop(order, .memory, collector)
    case .cancelled:
      cancelled += max(order.keys.count, 1)
      work.forgetAttempts(number)
      left[number] = nil
    case .ended, .waiting, .running, nil: try lose(order, job)
    }
  }

  private mutating func stop(
    _ order: WorkFolder.Order, _ stop: JobStop, _ collector: some OrderCollector
  ) throws(ClusterError) {
    work.forgetAttempts(order.number)
    try collector.record(order, stop)
    left[order.number] = nil
  }

  /// Counts a job that was lost; after the last attempt the order has failed.
  private mutating func lose(_ order: WorkFolder.Order, _ job: Slurm.Job) throws(ClusterError) {
    let number = order.number
    if !work.attempts(number).contains(where: { $0.job == job.text }) {
      // The job ended, or Slurm forgot it, before it could tell anything.
      try WorkAttempt(
        number: number, node: job.nodes.isEmpty ? "an unknown node" : job.nodes, job: job.text, restart: 0
      ).begin(in: work)
    }
    let lost = work.attempts(number)
    if let last = lost.last, lost.count >= WorkAttempt.most {
      try work.publishFailure(of: order, last, WorkAttempt.loss(of: lost))
    } else {
      again.insert(number)
    }
  }

  private func status(_ listed: [Int: Slurm.Job]) -> ClusterStatus {
    var status = ClusterStatus()
    (status.total, status.done) = (total, total - left.count)
    for number in left.keys.sorted() {
      guard let job = listed[number] else {
        status.waiting += 1
        continue
      }
      switch job.state {
      case .running:
        status.running += 1
        if let attempt = work.attempts(number).last(where: { $0.job == job.text }), status.activities.count < 3,
          let progress = work.progress(of: attempt)
        {
          status.activities.append("\(attempt.node): \(progress)")
        }
      default: status.waiting += 1
      }
      if job.isHeld { status.held.append(job.text) }
    }
    return status
  }
}
