"""The words: samples, events, exercises, parameters, errors. No behaviour that needs a clock, a file or a socket."""
