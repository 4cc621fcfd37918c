import Bench
import Files
import Foundation
import Reports

/// `recallbench merge`: joins the results of several folders.
enum MergeCommand: Command {
  static let description = CommandDescription(
    "merge", "join the results of several folders into a new one",
    arguments: [Argument(.folder("FOLDER"), repeated: true, "the results folders to join")],
    options: [Option("--out", .folder("DIR"), required: true, "the new folder")],
    notes: """
      The new folder has the runs of all folders, with their raw results, and a page and a table like those of `run`. The
      folders are not changed.

      Runs are numbered in the order in which they began, and keep their numbers where that order permits; the command
      lists those with another number. A run that several folders have is taken once, from the folder where it is most
      complete.

      A folder into which a sweep is running is refused, and so are a ledger of a later version and damaged results. The new
      folder gets its name when it is complete.
      """,
    examples: ["merge --out reports/all reports/laptop reports/server"])

  static func run(_ arguments: Arguments) throws {
    let target = arguments.text("--out") ?? ""
    guard FolderDraft.isFree(target) else {
      throw UsageError.invalidValue(
        option: "--out", value: target, expected: "a folder that is not there yet, or an empty one")
    }
    let merge = try LedgerMerge(arguments.positionals, locks: true)
    let draft = try FolderDraft(for: target)
    let missing: Int
    do {
      missing = try merge.write(to: draft.path)
      try draft.commit()
    } catch {
      draft.discard()
      throw error
    }
    for run in merge.runs where run.number != run.oldNumber {
      Console.note("run \(run.oldNumber) of \(run.folder) is run \(run.number)\n")
    }
    for run in merge.runs where !run.alsoIn.isEmpty {
      Console.note(
        "run \(run.oldNumber) of \(run.folder) is in \(run.alsoIn.joined(separator: ", ")), too: it is taken once\n")
    }
    if missing > 0 { Console.note("\(missing) raw results are not there: their cells are taken without them\n") }
    let files = try FolderFiles.write(try OutputFolder(creating: target), isQuiet: false)
    Console.note("runs: \(merge.runs.count)\nresults: \(files.results)\nreport: \(files.page)\n")
  }
}
