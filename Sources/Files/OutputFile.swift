import Foundation

/// A destination for the program's output: a file, a device, a pipe or an open descriptor.
///
/// Symbolic links are followed. A regular file is replaced atomically, and the new file has its mode and, if permitted,
/// its owner. For everything else the bytes are written in place, as `cp` does. Missing folders are not created.
/// Written here because Foundation's atomic writing is for regular files only, and cannot check the destination before
/// a long run.
public struct OutputFile: Sendable {
  /// The kind of destination.
  enum Place: Sendable {
    /// A regular file, or a path where nothing exists yet; the last component is not a link.
    case file(String)
    /// A device, a pipe or a socket.
    case stream(String)
    /// A descriptor that this process was started with: `/dev/stdout`, `/dev/fd/3`.
    case descriptor(Int32)
  }

  /// Standard output.
  public static let standard = OutputFile(place: .descriptor(STDOUT_FILENO), path: "standard output")
  /// Standard error.
  public static let standardError = OutputFile(place: .descriptor(STDERR_FILENO), path: "standard error")

  /// The path as the caller gave it.
  public let path: String
  let place: Place

  private init(place: Place, path: String) {
    self.place = place
    self.path = path
  }

  /// Finds the destination and checks that it can be written to, before long work begins.
  ///
  /// - Throws: `OutputError`, also if there is a folder at the path.
  public init(_ path: String) throws(OutputError) {
    self.path = path
    place = try Self.find(path)
    switch place {
    case .file(let place):
      let folder = Self.folder(of: place)
      guard Self.kind(of: folder) == S_IFDIR else { throw OutputError(path: path, .noFolder(folder)) }
      if access(place, F_OK) == 0, access(place, W_OK) != 0 { throw OutputError(path: path, .system(errno)) }
      let probe = draft()
      defer { probe.discard() }
      try probe.fill(Data("recallbench\n".utf8))
    case .stream(let place):
      guard access(place, W_OK) == 0 else { throw OutputError(path: path, .system(errno)) }
    case .descriptor(let number):
      guard fcntl(number, F_GETFL) & O_ACCMODE != O_RDONLY else { throw OutputError(path: path, .system(EBADF)) }
    }
  }

  /// The path of a regular file after following links; for other destinations the path as given.
  public var resolvedPath: String { if case .file(let place) = place { place } else { path } }

  /// Whether there is a regular file that a write would replace.
  public var replacesFile: Bool { if case .file(let place) = place { access(place, F_OK) == 0 } else { false } }

  /// Writes the text.
  ///
  /// - Throws: `OutputError`; an existing regular file is then unchanged.
  public func write(_ text: String) throws(OutputError) { try write(Data(text.utf8)) }

  /// Writes the bytes.
  ///
  /// - Throws: `OutputError`; an existing regular file is then unchanged.
  public func write(_ bytes: Data) throws(OutputError) {
    switch place {
    case .file:
      let draft = draft()
      do throws(OutputError) {
        try draft.fill(bytes)
        try draft.commit()
      } catch {
        draft.discard()
        throw error
      }
    case .stream, .descriptor: try withStream { file throws(OutputError) in try write(bytes, to: file) }
    }
  }

  /// Makes a draft, which replaces the file after it is filled.
  public func draft() -> OutputDraft { OutputDraft(for: self) }

  /// Removes drafts that killed processes have left in the folder of this file's drafts.
  public func removeAbandonedDrafts() {
    if case .file(let place) = place { OutputDraft.removeAbandoned(in: Self.folder(of: place)) }
  }

  // MARK: - Writing

  /// Opens a destination that is not a regular file, and passes its descriptor to `body`.
  func withStream(_ body: (_ file: Int32) throws(OutputError) -> Void) throws(OutputError) {
    switch place {
    case .file: preconditionFailure("a regular file is replaced by a draft")
    case .descriptor(let number): try body(number)
    case .stream(let place):
      let file = open(place, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard file >= 0 else { throw OutputError(path: path, .system(errno)) }
      do throws(OutputError) { try body(file) } catch {
        close(file)
        throw error
      }
      guard close(file) == 0 else { throw OutputError(path: path, .system(errno)) }
    }
  }

  /// Writes all bytes to an open file.
  func write(_ bytes: Data, to file: Int32) throws(OutputError) {
    let failure = bytes.withUnsafeBytes { bytes -> Int32? in
      var rest = bytes
      while let base = rest.baseAddress, !rest.isEmpty {
        let written = Foundation.write(file, base, rest.count)
        if written > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if written < 0, errno == EAGAIN {
          // The descriptor was set to non-blocking by the process that started this program.
          var request = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
          poll(&request, 1, -1)
        } else if written == 0 || errno != EINTR {
          return written == 0 ? EIO : errno
        }
      }
      return nil
    }
    if let failure { throw OutputError(path: path, .system(failure)) }
  }

  // MARK: - Finding the destination

  private static func find(_ path: String) throws(OutputError) -> Place {
    func failure(_ code: Int32) -> OutputError { OutputError(path: path, .system(code)) }
    guard !path.isEmpty else { throw failure(ENOENT) }
    let names = try links(from: path)
    for name in names {
      guard let number = descriptor(named: name) else { continue }
      // A descriptor that this program has opened itself is not meant by the user.
      let flags = fcntl(number, F_GETFD)
      guard flags >= 0, flags & FD_CLOEXEC == 0 else { throw failure(EBADF) }
      return .descriptor(number)
    }
    switch kind(of: path) {
    case nil:
      guard errno == ENOENT || errno == ENOTDIR, let last = names.last else { throw failure(errno) }
      if last.hasSuffix("/") { throw failure(EISDIR) }
      return .file(last)
    case S_IFREG: return .file(names.last ?? path)
    case S_IFDIR: throw failure(EISDIR)
    default: return .stream(path)
    }
  }

  /// The path and the targets of its symbolic links, link by link.
  private static func links(from path: String) throws(OutputError) -> [String] {
    var names = [path]
    while let target = try? FileManager.default.destinationOfSymbolicLink(atPath: names[names.count - 1]) {
      guard names.count <= 40 else { throw OutputError(path: path, .system(ELOOP)) }
      names.append(target.hasPrefix("/") ? target : "\(folder(of: names[names.count - 1]))/\(target)")
    }
    return names
  }

  /// The number in the name of an open descriptor; `nil` for other names.
  private static func descriptor(named name: String) -> Int32? {
    switch name {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      let prefix = ["/dev/fd/", "/proc/self/fd/"].first { name.hasPrefix($0) }
      return prefix.flatMap { Int32(name.dropFirst($0.count)) }.flatMap { $0 >= 0 ? $0 : nil }
    }
  }

  /// The kind of file that a path leads to; `nil`, with `errno` set, if there is none.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// The folder of a file; `.` for a name without a folder.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
