import Foundation

/// Threads of the operating system, whose start may fail.
///
/// `Foundation.Thread` does not tell when the system refuses a thread, and who waits for that thread waits for ever.
public enum SystemThread {
  /// Runs `body` on a new thread.
  ///
  /// - Throws: `ThreadError` where the system refuses another thread; `body` is not run then.
  public static func start(stackBytes: Int = 8 << 20, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    let retained = Unmanaged.passRetained(ThreadBody(run: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackBytes)
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(&thread, &attributes, { ThreadBody.run($0) }, retained.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(&thread, &attributes, { ThreadBody.run($0!) }, retained.toOpaque())
    #endif
    guard code == 0 else {
      retained.release()
      throw ThreadError(code: code)
    }
  }

  /// Runs `body` on `count` threads of their own, and returns when all are done.
  ///
  /// - Parameters:
  ///   - begin: called when all threads are there and before the first of them begins.
  ///   - body: gets the thread's number, 0..<count; runs concurrently with itself.
  /// - Throws: `ThreadError` where the system refuses so many threads; `body` is run on none of them then.
  public static func runTogether(
    _ count: Int, begin: () -> Void = {}, _ body: @escaping @Sendable (_ thread: Int) -> Void
  ) throws(ThreadError) {
    let team = ThreadTeam()
    for number in 0..<count {
      do throws(ThreadError) {
        try start {
          if team.waitAtGate() { body(number) }
          team.done.signal()
        }
      } catch {
        team.open(to: number, running: false)
        throw error
      }
    }
    for _ in 0..<count { team.ready.wait() }
    begin()
    team.open(to: count, running: true)
  }
}

/// Why no thread was started; its description is one line with the remedy.
public struct ThreadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system's error number.
  public let code: Int32

  public init(code: Int32) { self.code = code }

  public var description: String {
    "the system refuses another thread (\(String(cString: strerror(code)))); use fewer threads, or raise the limits on "
      + "processes and memory (ulimit -u, ulimit -v, --memory)"
  }
}

/// Carries what a thread runs through the system's untyped argument.
private final class ThreadBody: Sendable {
  private let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) { self.run = run }

  static func run(_ retained: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadBody>.fromOpaque(retained).takeRetainedValue().run()
    return nil
  }
}

/// Threads that wait for each other at a gate. Unchecked because the semaphores order the use of `isRunning`.
private final class ThreadTeam: @unchecked Sendable {
  let ready = DispatchSemaphore(value: 0)
  let done = DispatchSemaphore(value: 0)
  private let gate = DispatchSemaphore(value: 0)
  private var isRunning = false

  /// Whether the thread is to run, once the gate is open.
  func waitAtGate() -> Bool {
    ready.signal()
    gate.wait()
    return isRunning
  }

  /// Opens the gate to the first threads, and waits until they are done.
  func open(to count: Int, running: Bool) {
    isRunning = running
    for _ in 0..<count { gate.signal() }
    for _ in 0..<count { done.wait() }
  }
}
