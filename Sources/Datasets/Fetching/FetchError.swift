import Files
import YAML

/// Why a dataset was not fetched; every description is one line with the remedy.
public enum FetchError: Error, Equatable, Sendable {
  /// The text is no address that can be fetched from.
  case malformedAddress(String, FetchAddress.Fault)
  /// `HF_TOKEN` is no token.
  case malformedToken
  /// The catalog names no address of the dataset.
  case noAddress(name: String)
  /// The server could not be reached, or did not answer.
  case unreachable(url: String, reason: String)
  /// The server leads in a circle, or to another protocol than may be followed.
  case misled(url: String, reason: String)
  /// The server answered with another status than success.
  case refused(url: String, status: Int)
  /// The server is too busy or out of order, and may say after how many seconds to ask again.
  case busyServer(url: String, status: Int, seconds: Int?)
  /// The server answered with a page to read instead of a file.
  case notAFile(url: String, contentType: String)
  /// The server encoded the file, though that was not asked for.
  case encoded(url: String, encoding: String)
  /// The server's list of files cannot be used.
  case notAList(url: String, reason: String)
  /// The server's list names a file that would be put outside the dataset's folder, or is no name.
  case unsafeName(url: String, name: String)
  /// The list has no file that is asked for; `path` is nil where all are.
  case noFiles(url: String, path: String?)
  /// The file is not the one that the list of files tells of.
  case notAsListed(source: String, found: String, listed: String)
  /// More than may be fetched; `size` is what the server announced, where it did.
  case tooLarge(url: String, size: Int?, limit: Int)
  /// There is less space on the disk than the rest of the file needs.
  case noSpace(path: String, needed: Int?, free: Int)
  /// The connection ended early; what has arrived is kept.
  case interrupted(url: String, received: Int, total: Int?, reason: String)
  /// What arrived is longer than the server announced.
  case wrongSize(url: String, received: Int, total: Int)
  /// What arrived is no HDF5 file.
  case notHDF5(source: String, bytes: Int)
  /// What arrived ends before the end that the file itself states.
  case truncated(source: String, bytes: Int, stated: UInt64)
  /// The operating system refuses.
  case output(OutputError)
  case cannotRead(path: String, reason: String)
  /// Another process is fetching the same dataset.
  case busy(path: String)
  /// The bytes are not those seen the first time.
  case checksumMismatch(path: String, recorded: String, found: String, checksums: String)
  /// `checksums.yml` is not as it should be.
  case malformedChecksums(YAMLError)
}

extension FetchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformedAddress(_, .credentials):
      // The address is not shown.
      "\(FetchAddress.Fault.credentials)"
    case .malformedAddress(let text, let fault):
      "\(text.debugDescription): \(fault)"
    case .malformedToken:
      "\(HuggingFaceToken.variable) holds a space or another character that no token has; set it to the token alone"
    case .noAddress(let name):
      "'\(name)' has no address to fetch it from; put its file into the folder that --datasets names"
    case .unreachable(let url, let reason):
      "\(url): \(reason); check the connection and run the command again"
    case .misled(let url, let reason):
      "\(url): the server redirects to what is not followed: \(reason); check the address"
    case .refused(let url, let status):
      "\(url): the server answered with status \(status); check the address"
        + ([401, 403].contains(status)
          ? " (a private or gated dataset of Hugging Face needs a token in "
            + "\(HuggingFaceToken.variable))" : "")
    case .busyServer(let url, let status, let seconds):
      "\(url): the server answered with status \(status); run the command again "
        + (seconds.map { "in \($0) seconds" } ?? "later")
    case .notAFile(let url, let contentType):
      "\(url): the server sent \(contentType) instead of a file; check the address and any proxy or log-in page"
    case .encoded(let url, let encoding):
      "\(url): the server sent the file with the encoding \(encoding), which was not asked for; use another address"
    case .notAList(let url, let reason):
      "\(url): the server's list of files cannot be used: \(reason); check the address, or run the command again later"
    case .unsafeName(let url, let name):
      "\(url): the server lists \(name.debugDescription), which cannot be a file's name in the dataset's folder; name the "
        + "files that you need, hf://OWNER/SET/PATH"
    case .noFiles(let url, let path):
      "\(url): there are no files\(path.map { " at \($0.debugDescription)" } ?? ""); check the path and the revision"
    case .notAsListed(let source, let found, let listed):
      "\(source): \(found), but the server's list of files says \(listed); run the command again, after deleting the file "
        + "if it is there from another revision"
    case .tooLarge(let url, let size, let limit):
      "\(url): \(size.map { "\($0) bytes are" } ?? "the server sends") more than the \(limit) bytes that may be fetched; "
        + "check the address, or allow more with --max-size"
    case .noSpace(let path, let needed, let free):
      "\(path): \(needed.map { "\($0) bytes" } ?? "the file") to fetch, but only \(free) bytes free on the disk; free "
        + "some space"
    case .interrupted(let url, let received, let total, let reason):
      "\(url): the transfer ended after \(received)\(total.map { " of \($0)" } ?? "") bytes: \(reason); run the command "
        + "again"
    case .wrongSize(let url, let received, let total):
      "\(url): \(received) bytes arrived where \(total) were announced; run the command again to start afresh"
    case .notHDF5(let source, let bytes):
      "\(source): \(bytes) bytes that are no HDF5 file; check the address"
    case .truncated(let source, let bytes, let stated):
      "\(source): \(bytes) bytes of an HDF5 file that states \(stated); run the command again to start afresh"
    case .output(let error):
      "\(error)"
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .busy(let path):
      "\(path): another process is fetching this dataset; wait for it"
    case .checksumMismatch(let path, let recorded, let found, let checksums):
      "\(path): SHA-256 is \(found), but \(recorded) is recorded; delete the file if it is there and fetch again, or,"
        + " if the change is right, remove its line from \(checksums)"
    case .malformedChecksums(let error):
      "\(error)"
    }
  }
}

extension FetchAddress.Fault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .scheme(let scheme):
      "'\(scheme)' addresses are not fetched; use https, http, or hf://OWNER/SET for a dataset of Hugging Face"
    case .malformed: "this is no address; write it as https://HOST/PATH"
    case .credentials: "an address with a user name or a password is not fetched; fetch the file with another program"
    case .fileName(let name):
      "the address ends in \(name.debugDescription), which cannot be a file's name in the folder of datasets; fetch the "
        + "file with another program"
    case .huggingFace: "this names no dataset of Hugging Face; write hf://OWNER/SET[/PATH][@REVISION]"
    }
  }
}
