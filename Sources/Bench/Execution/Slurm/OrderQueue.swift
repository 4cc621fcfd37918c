import Foundation
import Synchronization

/// What happens while a cluster works, for people.
public enum ClusterEvent {
  case run(SweepRunner.Event)
  case status(ClusterStatus)
  /// A line for people.
  case note(String)
}

/// Takes what the jobs of a cluster bring back.
protocol OrderCollector {
  /// Takes the result of an order.
  ///
  /// - Returns: whether the result was whole; a damaged one is put aside, and the order must be carried out again.
  func collect(_ number: Int) throws(ClusterError) -> Bool

  /// Takes what Slurm has done to an order instead of a result.
  func record(_ order: WorkFolder.Order, _ status: CellStatus, error: String) throws(ClusterError)
}

/// The jobs that this process has submitted or found.
final class ClusterJobs: Sendable {
  let slurm = Slurm()
  private let numbers = Mutex<Set<Int>>([])

  func insert(_ number: Int) { numbers.withLock { _ = $0.insert(number) } }

  func cancel() { Slurm.cancel(numbers.withLock { $0.sorted() }) }
}

/// Submits the orders of a work folder, and follows them until each has a result or needs none.
struct OrderQueue {
  /// The script, whose name all jobs have in their names.
  private let script: BatchScript
  private let jobs: ClusterJobs
  private var work: WorkFolder { script.folder }

  init(_ script: BatchScript, jobs: ClusterJobs) {
    self.script = script
    self.jobs = jobs
  }

  /// The newest job of each order.
  private func newestJobs() -> [Int: Slurm.Job]? {
    guard let found = jobs.slurm.jobs(named: script.name + "-") else { return nil }
    for job in found { jobs.insert(job.number) }
    var newest: [Int: Slurm.Job] = [:]
    for job in found {
      guard let task = job.task, let first = Int(job.name.dropFirst(script.name.count + 1)) else { continue }
      if newest[first + task].map({ $0.number < job.number }) ?? true { newest[first + task] = job }
    }
    return newest
  }

  /// Submits the orders for which no job waits or runs.
  func submitMissing(_ numbers: [Int]) throws(ClusterError) {
    var pause = Pause()
    var found = newestJobs()
    while found == nil {
      pause.wait()
      found = newestJobs()
    }
    let active = found ?? [:]
    try submit(
      numbers.filter { number in
        active[number].map { ![.waiting, .running].contains($0.state) } ?? true
      }, excluding: Set(work.refusals().map(\.attempt.node)))
  }

  private func submit(_ numbers: [Int], excluding refusing: Set<String>) throws(ClusterError) {
    guard !numbers.isEmpty else { return }
    for (first, tasks) in BatchScript.arrays(numbers, greatest: jobs.slurm.greatestArray()) {
      var options = [
        "--job-name=\(script.name)-\(first)", "--array=\(BatchScript.ranges(tasks))%\(script.request.nodes)",
      ]
      if !refusing.isEmpty { options.append("--exclude=\(refusing.sorted().joined(separator: ","))") }
      let job = try jobs.slurm.submit(work.batchScript, options: options, words: ["\(first)"])
      jobs.insert(job)
    }
  }

  /// Waits for the orders, and collects their results.
  ///
  /// - Returns: the number of cells, or of shards, whose jobs were cancelled.
  func follow(
    _ orders: [WorkFolder.Order], _ collector: some OrderCollector, report: (ClusterEvent) -> Void
  ) throws(ClusterError) -> Int {
    var refusing = Set(work.refusals().map(\.attempt.node))
    var left = Dictionary(uniqueKeysWithValues: orders.map { ($0.number, $0) })
    var cancelled = 0
    // Jobs whose end has been dealt with, and when the end of a job was seen. A network file system shows new files
    // late, so a result may follow.
    var settled: Set<String> = []
    var seen: [String: ContinuousClock.Instant] = [:]
    let leastPatience = Duration.seconds(5)
    let patience: Duration = FileSystemKind.network(of: work.path) == nil ? .zero : .seconds(90)
    var pause = Pause()
    while true {
      let found = newestJobs()
      // After the jobs were listed, so that a job that has ended is not taken for one without a result.
      var again: [Int] = []
      for number in work.published().sorted() where left[number] != nil {
        if try collector.collect(number) { left[number] = nil } else { again.append(number) }
      }
      guard let found, !left.isEmpty else {
        if left.isEmpty { return cancelled }
        pause.wait()
        continue
      }
      report(.status(status(left, found, total: orders.count)))
      for (number, order) in left.sorted(by: { $0.key < $1.key }) where !again.contains(number) {
        let job = found[number]
        guard job.map({ ![.waiting, .running].contains($0.state) }) ?? true else { continue }
        let name = "\(number) \(job?.text ?? "unknown")"
        let end = seen[name] ?? .now
        seen[name] = end
        // A job that is not listed may have ended just now; after the wait, and one more submission, it is waited for again.
        guard ContinuousClock.now - end >= (job == nil ? max(patience, leastPatience) : patience) else { continue }
        if job == nil { seen[name] = nil }
        guard settled.insert(name).inserted || job == nil else { continue }
        if let refusal = work.refusals().first(where: { $0.attempt.number == number && $0.attempt.job == job?.text }) {
          refusing.insert(refusal.attempt.node)
          work.forgetAttempts(number)
          report(.note("\(refusal.attempt.node) is excluded: \(refusal.reason)"))
          again.append(number)
          continue
        }
        switch job?.state {
        case .timeout:
          try collector.record(order, .timeout, error: "more than the walltime of \(script.minutes) min")
          left[number] = nil
        case .outOfMemory:
          try collector.record(order, .outOfMemory, error: "the job took more memory than its node gives it")
          left[number] = nil
        case .cancelled:
          cancelled += max(order.keys.count, 1)
          work.forgetAttempts(number)
          left[number] = nil
        case .ended, .waiting, .running, nil:
          let attempts = work.attempts(number)
          let told = attempts.contains { $0.job == job?.text }
          if !told, let job {
            // The job ended before it could tell anything.
            try WorkAttempt(
              number: number, node: job.nodes.isEmpty ? "unknown" : job.nodes, job: job.text, restart: 0
            ).begin(in: work)
          }
          if work.attempts(number).count >= WorkAttempt.most {
            let lost = work.attempts(number)
            _ = try work.publishFailure(of: order, lost[lost.count - 1], after: lost)
          } else {
            again.append(number)
          }
        }
      }
      try submit(again, excluding: refusing)
      if !left.isEmpty { pause.wait() }
    }
  }

  private func status(
    _ left: [Int: WorkFolder.Order], _ jobs: [Int: Slurm.Job], total: Int
  ) -> ClusterStatus {
    var status = ClusterStatus()
    (status.total, status.done) = (total, total - left.count)
    for number in left.keys.sorted() {
      guard let job = jobs[number] else {
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

/// The pauses between two looks at the queue: short at first, and 5 s when a run takes minutes.
struct Pause {
  private let start = ContinuousClock.now

  mutating func wait() {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    usleep(UInt32(min(max(elapsed / 20, 0.25), 5) * 1e6))
  }
}
