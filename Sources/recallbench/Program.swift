import RecallBenchCLI

/// The `recallbench` program: the command line over every index of the package.
@main
enum Program {
  static func main() {
    RecallBench(commit: BuiltCommit.text).main()
  }
}
