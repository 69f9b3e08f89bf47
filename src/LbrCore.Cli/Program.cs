using System.Text;
using LbrCore.Cli;
using LbrCore.Cli.Terminal;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return CommandLine.Run(args, Screen.ForConsole());
