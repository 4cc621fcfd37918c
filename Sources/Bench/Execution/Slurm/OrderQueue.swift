import Foundation
import Synchronization

/// The jobs that this process has submitted or found.
final class ClusterJobs: Sendable {
  let slurm = Slurm()
  private let numbers = Mutex<Set<Int>>([])

  func insert(_ number: Int) { numbers.withLock { _ = $0.insert(number) } }

  func cancel() { Slurm.cancel(numbers.withLock { $0.sorted() }) }
}

/// Submits the orders of a work folder, and knows the newest job of each.
struct OrderQueue {
  /// The script, whose name all jobs have in their names.
  let script: BatchScript
  private let jobs: ClusterJobs
  /// The newest job of each order, also one that Slurm does not list yet, or no longer.
  private(set) var newest: [Int: Slurm.Job] = [:]
  /// The arrays that this process has submitted.
  private var own: Set<Int> = []

  init(_ script: BatchScript, jobs: ClusterJobs) {
    self.script = script
    self.jobs = jobs
  }

  /// Asks Slurm for the newest job of each order.
  ///
  /// - Returns: the jobs that Slurm lists, without those of an order for which this process has submitted a newer one;
  ///   `nil` when the controller does not answer.
  mutating func look() -> [Int: Slurm.Job]? {
    guard let found = jobs.slurm.jobs(named: script.name + "-") else { return nil }
    var listed: [Int: Slurm.Job] = [:]
    for job in found {
      jobs.insert(job.number)
      guard let task = job.task, let first = Int(job.name.dropFirst(script.name.count + 1)) else { continue }
      let order = first + task
      if let other = newest[order], other.number > job.number { continue }
      (listed[order], newest[order]) = (job, job)
    }
    return listed
  }

  /// Submits the orders that have no result and for which no job waits or runs, once the controller answers.
  ///
  /// A job that has exceeded its walltime, or taken too much memory, has not been dealt with unless the caller says so;
  /// its order is submitted again only under a longer walltime.
  ///
  /// - Parameters:
  ///   - again: the orders that are submitted again however their jobs have ended.
  ///   - report: receives a line for people when the controller does not answer.
  mutating func submitMissing(
    _ numbers: [Int], again: Set<Int>, report: (ClusterEvent) -> Void
  ) throws(ClusterError) {
    var pause = Pause()
    var found = look()
    if found == nil { report(.note("squeue does not answer; what has no job is submitted as soon as it does")) }
    while found == nil {
      pause.wait()
      found = look()
    }
    let listed = found ?? [:]
    let work = script.folder
    // After the jobs were listed, so that a job that has ended meanwhile is not taken for one without a result.
    let published = work.published()
    let missing = numbers.filter { number in
      if published.contains(number) { return false }
      guard let job = listed[number] else { return true }
      switch job.state {
      case .waiting, .running: return false
      case .timeout: guard again.contains(number) || isShorter(job) else { return false }
      case .outOfMemory: guard again.contains(number) else { return false }
      case .cancelled: break
      case .ended: return true
      }
      work.forgetAttempts(number)
      return true
    }
    try submit(missing, excluding: Set(work.refusals().map(\.attempt.node)))
  }

  /// Whether another process has submitted the job with a walltime that is shorter than that of the script.
  func isShorter(_ job: Slurm.Job) -> Bool {
    guard !own.contains(job.number), let limit = job.limitSeconds else { return false }
    return limit < script.walltimeSeconds
  }

  /// The walltime that a job has exceeded, in seconds.
  ///
  /// An administrator may have changed that of a job; a job of this process was submitted with that of the script.
  func walltimeSeconds(of job: Slurm.Job) -> Double {
    own.contains(job.number) ? script.walltimeSeconds : job.limitSeconds ?? script.walltimeSeconds
  }

  mutating func submit(_ numbers: [Int], excluding refusing: Set<String>) throws(ClusterError) {
    guard !numbers.isEmpty else { return }
    for (first, tasks) in BatchScript.arrays(numbers, greatest: jobs.slurm.greatestArray()) {
      let name = "\(script.name)-\(first)"
      var options = ["--job-name=\(name)", "--array=\(BatchScript.ranges(tasks))%\(script.request.nodes)"]
      if !refusing.isEmpty { options.append("--exclude=\(refusing.sorted().joined(separator: ","))") }
      let job = try jobs.slurm.submit(script.folder.batchScript, options: options, words: ["\(first)"])
      jobs.insert(job)
      own.insert(job)
      for task in tasks {
        newest[first + task] = Slurm.Job(
          number: job, task: task, name: name, state: .waiting, reason: "", nodes: "",
          limitSeconds: script.walltimeSeconds)
      }
    }
  }
}
