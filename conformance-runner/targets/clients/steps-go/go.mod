module dev.mcpsession/clients/steps

go 1.25.0
