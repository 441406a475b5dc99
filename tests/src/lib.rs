//! Journeys, crashes, golden files and the architecture, tried from outside.
