import Synchronization

/// What this program is called in its help and messages, which name commands of it.
///
/// A program with indexes of its own has another name than `recallbench`; it sets that once, before it speaks.
public enum ProgramName {
  private static let name = Mutex("recallbench")

  public static var current: String {
    get { name.withLock { $0 } }
    set { name.withLock { $0 = newValue } }
  }
}
